// The navigation rail. An entry is shown when its page exists (routes.ts) and the person has
// one of its rights; `g` and its letter go there.
import { Activity, Bell, Building2, Crosshair, Map as MapIcon, Grid3x3, Settings, Siren, type IconNode } from 'lucide';
import { signal } from '@preact/signals';
import type { Key } from './core/messages';

export interface Entry { to: string; label: Key; title: Key; icon: IconNode; letter: string; rights: readonly string[]; gap?: true }
export const entries: readonly Entry[] = [
  { to: '/', label: 'nav.picture', title: 'title.picture', icon: MapIcon, letter: 'p', rights: ['figures.read'] },
  { to: '/alerts', label: 'nav.alerts', title: 'title.alerts', icon: Bell, letter: 'a', rights: ['findings.read'] },
  { to: '/incidents', label: 'nav.incidents', title: 'title.incidents', icon: Siren, letter: 'i', rights: ['incidents.read'] },
  { to: '/hunt', label: 'nav.hunt', title: 'title.hunt', icon: Crosshair, letter: 'h', rights: ['events.read'] },
  { to: '/organisations', label: 'nav.organisations', title: 'title.organisations', icon: Building2, letter: 'o', rights: ['organisations.read'], gap: true },
  { to: '/rules', label: 'nav.rules', title: 'title.rules', icon: Grid3x3, letter: 'r', rights: ['rules.read'] },
  { to: '/sources', label: 'nav.sources', title: 'title.sources', icon: Activity, letter: 's', rights: ['sources.read'] },
  { to: '/admin', label: 'nav.admin', title: 'title.admin', icon: Settings, letter: 'd', rights: ['users.read', 'roles.read', 'tokens.read', 'audit.read'], gap: true },
];

/** Counts on the rail, by address: a page or the shell's own watcher sets them. */
export const badges = signal<Readonly<Record<string, number>>>({});
export function setBadge(to: string, count: number): void {
  if (badges.peek()[to] !== count) badges.value = { ...badges.peek(), [to]: count };
}
