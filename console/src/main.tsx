// The console's beginning: who is here, which page, and what to show until both are known.
import { Component, render, type ComponentChildren, type ComponentType } from 'preact';
import { effect, signal, useSignalEffect } from '@preact/signals';
import './styles/index.css';
import { OfflineError, setWords } from './core/api';
import { listen } from './core/live';
import { loadMessages, t } from './core/messages';
import { followLinks, go, match, path, variables } from './core/router';
import { said } from './core/said';
import { loadSession, session } from './core/session';
import { routes, type Route } from './routes';
import { Shell, shownEntries } from './ui/shell';
import { Failure, Skeleton } from './ui/states';

interface Ready { route: Route; page: ComponentType }
const ready = signal<Ready | null>(null);
const failed = signal<Error | null>(null);
const pages = new Map<Route, ComponentType>();

function useSheet(href: string): Promise<void> {
  if (document.querySelector(`link[href="${href}"]`)) return Promise.resolve();
  return new Promise((resolve) => {
    const link = document.createElement('link');
    link.rel = 'stylesheet';
    link.href = href;
    link.onload = link.onerror = () => resolve();
    document.head.append(link);
  });
}

async function show(route: Route): Promise<void> {
  let page = pages.get(route);
  if (!page) {
    const [module] = await Promise.all([route.load(), loadMessages(...route.areas), ...route.sheets.map(useSheet)]);
    page = module.default;
    pages.set(route, page);
  }
  failed.value = null;
  ready.value = { route, page };
}

/** Which page the address and the session lead to; goes elsewhere when it leads nowhere. */
function resolve(): Route | null {
  const who = session.value;
  const route = routes.find((r) => match(r.pattern, path.value)) ?? null;
  if (who === undefined) return route?.outside ? route : null;
  if (who === null && !route?.outside) {
    const back = location.pathname + location.search;
    go(back === '/' ? '/sign-in' : `/sign-in?to=${encodeURIComponent(back)}`, true);
    return null;
  }
  const shown = shownEntries();
  if (who && path.value === '/' && !shown.some((e) => e.to === '/')) {
    go(shown[0]?.to ?? '/account', true); // the home of whoever may not see the picture
    return null;
  }
  return route;
}

effect(() => {
  const route = resolve();
  if (!route) return;
  variables.value = match(route.pattern, path.value) ?? {};
  if (ready.peek()?.route !== route) show(route).catch((error: Error) => { failed.value = error; });
});
effect(() => {
  const route = routes.find((r) => match(r.pattern, path.value));
  document.title = `${t(route?.title ?? 'title.notfound')} | Cordon`;
});

/** A page that throws takes no other with it. */
class Boundary extends Component<{ children: ComponentChildren; of: unknown }, { error: Error | null }> {
  override state = { error: null as Error | null };
  override componentDidCatch(error: Error): void {
    console.error(error);
    this.setState({ error });
  }
  override componentWillReceiveProps(next: { of: unknown }): void {
    if (next.of !== this.props.of) this.setState({ error: null });
  }
  override render() {
    const { error } = this.state;
    return error ? (
      <div class="page"><div class="notice bad" role="alert">
        <b>{t('app.crashed')}</b><p>{t('app.crashed.text')}</p><p class="mono">{error.message}</p>
        <button type="button" class="btn sm" onClick={() => this.setState({ error: null })}>{t('do.retry')}</button>
      </div></div>) : this.props.children;
  }
}

function NotFound() {
  return <div class="page"><h1>{t('app.notfound')}</h1><p>{t('app.notfound.text', { path: path.value })}</p></div>;
}

let before = path.peek();
function App() {
  // Another page begins at its top, and with the focus at its beginning.
  useSignalEffect(() => {
    if (path.value.split('/')[1] !== before.split('/')[1]) {
      scrollTo(0, 0);
      document.getElementById('main')?.focus({ preventScroll: true });
    }
    before = path.value;
  });
  const who = session.value;
  const found = routes.find((r) => match(r.pattern, path.value));
  const now = ready.value;
  if (failed.value) {
    return <div class="page"><Failure what={t('app.name')} error={failed.value} retry={() => location.reload()} /></div>;
  }
  if (found?.outside) {
    return now?.route === found ? <Boundary of={found}><now.page /></Boundary> : null;
  }
  if (!who) return null;
  const inner = !found ? <NotFound /> : now?.route === found ? <now.page /> : <div class="page"><Skeleton /></div>;
  return <Shell><Boundary of={path.value}>{inner}</Boundary></Shell>;
}

/** For tests/console, which listens as a page does. */
export const forTests = { listen };

setWords(said);
addEventListener('click', followLinks);
await Promise.all([
  loadMessages('common'),
  loadSession().catch((error: Error) => { failed.value = error instanceof OfflineError ? new OfflineError(error.message) : error; }),
]);
render(<App />, document.getElementById('app')!);
