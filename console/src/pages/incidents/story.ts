// What happened in an incident, in the person's language: by the entry's code and what it is made of.
import { short } from '../../core/format';
import { isKey, t, tword } from '../../core/messages';
import { said } from '../../core/said';
import { MISSING, sentence } from '../../core/templates';
import type { Item } from './types';

// Texts that somebody wrote, and names: never words of the catalogue.
const FREE = new Set(['title', 'text', 'what', 'why', 'id', 'of', 'who', 'owner', 'actor', 'machine', 'organisation', 'from', 'into', 'containment', 'action', 'to', 'alert', 'entity', 'amount']);

function valueOf(name: string, value: string): string {
  if (name === 'reason' || name === 'text') return said(tword('incidents.word', value));
  if (/^\d{4}-\d\d-\d\dT/.test(value)) return short(value);
  return FREE.has(name) ? value : tword('incidents.word', value);
}

/** What happened, and to which organisation where that is said by its name. */
export function partsOf(item: Item): { of?: string; what: string } {
  const key = `incidents.said.${item.code}`;
  if (!isKey(key)) return { what: item.text };
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(item.params)) values[name] = valueOf(name, value).replace(/[⟦⟧]/g, '');
  const what = sentence(t(key, new Proxy(values, { get: (of, name) => (typeof name === 'string' ? of[name] ?? MISSING : undefined) })));
  const of = values['of'];
  return of ? { of, what } : { what };
}

export function storyOf(item: Item): string {
  const { of, what } = partsOf(item);
  return of ? t('incidents.said.of', { of, what }) : what;
}
