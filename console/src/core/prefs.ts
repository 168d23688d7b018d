// What a person prefers, kept in this browser alone. `?theme=` and `?lang=` of the address
// win over it, for links and tests.
import { effect, signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';
export type Language = 'en' | 'fr' | 'pseudo';
export type Density = 'compact' | 'comfortable';
export type Zone = 'local' | 'UTC';

const NAME = 'cordon.preferences';
const asked = new URLSearchParams(location.search);

function read(): Record<string, unknown> {
  try {
    return JSON.parse(localStorage.getItem(NAME) ?? '{}') as Record<string, unknown>;
  } catch {
    return {};
  }
}
const kept = read();

function one<T extends string>(name: string, allowed: readonly T[], otherwise: T): T {
  const value = (asked.get(name) ?? kept[name]) as T;
  return allowed.includes(value) ? value : otherwise;
}

export const theme = signal(one<Theme>('theme', ['system', 'light', 'dark'], 'system'));
export const language = signal(
  one<Language>('lang', ['en', 'fr', 'pseudo'], navigator.language.toLowerCase().startsWith('fr') ? 'fr' : 'en'));
export const density = signal(one<Density>('density', ['compact', 'comfortable'], 'compact'));
export const zone = signal(one<Zone>('zone', ['local', 'UTC'], 'local'));
/** Single-key shortcuts may be turned off (WCAG 2.1.4). */
export const keysOn = signal(kept['keys'] !== false);

const systemDark = matchMedia('(prefers-color-scheme: dark)');
const system = signal(systemDark.matches);
systemDark.addEventListener('change', () => { system.value = systemDark.matches; });
export const isDark = (): boolean => (theme.value === 'system' ? system.value : theme.value === 'dark');

effect(() => {
  document.documentElement.dataset['theme'] = isDark() ? 'dark' : 'light';
  document.documentElement.dataset['density'] = density.value;
});
let first = true;
effect(() => {
  const all = { theme: theme.value, lang: language.value, density: density.value, zone: zone.value, keys: keysOn.value };
  if (!first) {
    try {
      localStorage.setItem(NAME, JSON.stringify(all));
    } catch { /* a browser that keeps nothing: they hold for this visit */ }
  }
  first = false;
});
export const rowHeight = (): number => (density.value === 'compact' ? 30 : 36);
