// Every page: its address, title, texts, code and style. A page's code, texts and sheet are
// fetched together when it is first shown. The first pattern that fits wins.
import type { ComponentType } from 'preact';
import type { Key } from './core/messages';
import adminSheet from './pages/admin/admin.page.css';
import alertsSheet from './pages/alerts/alerts.page.css';
import incidentsSheet from './pages/incidents/incidents.page.css';
import huntSheet from './pages/hunt/hunt.page.css';
import organisationsSheet from './pages/organisations/organisations.page.css';
import pictureSheet from './pages/picture/picture.page.css';
import rulesSheet from './pages/rules/rules.page.css';
import signinSheet from './pages/signin/signin.page.css';
import sourcesSheet from './pages/sources/sources.page.css';
import deskSheet from './styles/desk.page.css';

export interface Route {
  /** "/alerts/:id": the variables are in `variables` of core/router. */
  pattern: string;
  title: Key;
  /** Of src/messages. */
  areas: readonly string[];
  load: () => Promise<{ default: ComponentType }>;
  sheets: readonly string[];
  /** Shown without the shell, to whoever is not signed in. */
  outside?: true;
}

const signin = { areas: ['signin'], sheets: [signinSheet], outside: true } as const;
const admin = { title: 'title.admin', areas: ['admin'], sheets: [adminSheet], load: () => import('./pages/admin/index') } as const;

const alerts = { areas: ['alerts'], sheets: [deskSheet, alertsSheet] } as const;
const incidents = { areas: ['incidents'], sheets: [incidentsSheet] } as const;
const organisations = { areas: ['organisations', 'claims'], sheets: [organisationsSheet] } as const;
const picture = { areas: ['picture', 'claims'], sheets: [pictureSheet] } as const;

export const routes: readonly Route[] = [
  { pattern: '/sign-in', title: 'title.signin', load: () => import('./pages/signin/index'), ...signin },
  { pattern: '/setup', title: 'title.setup', load: () => import('./pages/signin/setup'), ...signin },
  { pattern: '/account', title: 'title.account', areas: ['signin'], sheets: [signinSheet], load: () => import('./pages/signin/account') },
  { pattern: '/', title: 'title.picture', load: () => import('./pages/picture/index'), ...picture },
  { pattern: '/alerts', title: 'title.alerts', load: () => import('./pages/alerts/index'), ...alerts },
  { pattern: '/alerts/:id', title: 'title.alert', load: () => import('./pages/alerts/alert'), ...alerts },
  { pattern: '/spread/:id', title: 'title.spread', load: () => import('./pages/alerts/spread'), ...alerts },
  { pattern: '/incidents', title: 'title.incidents', load: () => import('./pages/incidents/index'), ...incidents },
  { pattern: '/incidents/:id', title: 'title.incident', load: () => import('./pages/incidents/incident'), ...incidents },
  { pattern: '/incidents/:id/:part', title: 'title.incident', load: () => import('./pages/incidents/incident'), ...incidents },
  { pattern: '/hunt', title: 'title.hunt', areas: ['hunt'], sheets: [deskSheet, huntSheet], load: () => import('./pages/hunt/index') },
  { pattern: '/organisations', title: 'title.organisations', load: () => import('./pages/organisations/index'), ...organisations },
  { pattern: '/organisations/:code', title: 'title.organisation', load: () => import('./pages/organisations/one'), ...organisations },
  { pattern: '/figures', title: 'title.figures', load: () => import('./pages/picture/list'), ...picture },
  { pattern: '/figures/:id', title: 'title.figure', load: () => import('./pages/picture/figure'), ...picture },
  { pattern: '/claims/:id', title: 'title.claim', load: () => import('./pages/picture/claim'), ...picture },
  { pattern: '/rules', title: 'title.rules', areas: ['rules'], sheets: [rulesSheet], load: () => import('./pages/rules/index') },
  { pattern: '/rules/new', title: 'title.newrule', areas: ['rules'], sheets: [rulesSheet], load: () => import('./pages/rules/draft') },
  { pattern: '/rules/:id', title: 'title.rule', areas: ['rules'], sheets: [rulesSheet], load: () => import('./pages/rules/one') },
  { pattern: '/sources', title: 'title.sources', areas: ['sources'], sheets: [sourcesSheet], load: () => import('./pages/sources/index') },
  { pattern: '/sources/:name', title: 'title.source', areas: ['sources'], sheets: [sourcesSheet], load: () => import('./pages/sources/one') },
  { pattern: '/admin', ...admin },
  { pattern: '/admin/:part', ...admin },
];
