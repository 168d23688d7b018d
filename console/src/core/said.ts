// What the server says in English (why it refuses, what a figure is), in the person's language. The
// catalogue has its texts as templates beside their translations: messages/problems.json and
// figures.json. What is not among them is shown as it came, and marked as English for who hears it read.
import { effect, signal } from '@preact/signals';
import { index } from 'messages:index';
import { isOurs, locale } from './messages';
import { language } from './prefs';
import { pattern, translated, type Templates } from './templates';

const AREAS = ['problems', 'figures'] as const;
const templates = signal<Templates>([]);
const KEPT_MAX = 500;
const kept = new Map<string, string | null>();

function look(text: string): string | null {
  const all = templates.value;
  let found = kept.get(text);
  if (found === undefined) {
    found = translated(text, all, locale()) ?? (isOurs(text) ? text : null);
    if (kept.size < KEPT_MAX) kept.set(text, found);
  }
  return found;
}

/** A text of the server's. */
export const said = (text: string): string => (language.value === 'en' || text === '' ? text : look(text) ?? text);
/** For `lang` of what shows such a text: it is the server's English, for there is no translation. */
export const langOf = (text: string): 'en' | undefined =>
  (language.value === 'en' || text === '' || [...kept.values()].includes(text) || look(text) !== null ? undefined : 'en');

// English needs none of it: it is fetched by who reads another language.
effect(() => {
  if (language.value !== 'fr' || templates.peek().length) return;
  Promise.all(AREAS.flatMap((area) => [index[area]!.en(), index[area]!.fr()])).then((loaded) => {
    kept.clear();
    templates.value = AREAS.flatMap((_, i) => Object.entries(loaded[2 * i]!.default).map(([key, text]) => [pattern(text), loaded[2 * i + 1]!.default[key] ?? text] as const));
  }, () => undefined);
});
