// Texts of the console in the person's language. One catalogue: src/messages/AREA.json, where
// every key has every language; a page's area is loaded with the page (see routes.ts).
import { effect, signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { index } from 'messages:index';
import { fill, parse, type Node } from './icu';
import { language } from './prefs';
import type { Key } from './keys';

export type { Key } from './keys';
type Values = Readonly<Record<string, unknown>>;

const texts = signal<Readonly<Record<string, string>>>({});
const wanted = new Set<string>();
const parsed = new Map<string, Node[]>();

export const locale = (): string => (language.value === 'fr' ? 'fr-FR' : 'en-GB');

/** Letters with marks and two fifths longer: shows what is not translated and what does not fit. */
function pseudo(nodes: Node[]): Node[] {
  const marks: Record<string, string> = { a: 'á', e: 'é', i: 'í', o: 'ö', u: 'ü', c: 'ç', n: 'ñ', A: 'Å', E: 'É', O: 'Ø', S: 'Š' };
  return nodes.map((node) => {
    if (typeof node === 'string') {
      return node.replace(/[a-zA-Z]/g, (c) => marks[c] ?? c).replace(/([áéíöü])/g, (c, _g, at: number) => (at % 2 ? c : c + c));
    }
    return { ...node, options: new Map([...node.options].map(([key, inner]) => [key, pseudo(inner)])) };
  });
}

async function load(areas: Iterable<string>): Promise<void> {
  const code = language.value === 'fr' ? 'fr' : 'en';
  const loaded = await Promise.all([...areas].map((area) => index[area]?.[code]().then((m) => m.default)));
  if (code === (language.value === 'fr' ? 'fr' : 'en')) {
    texts.value = Object.assign({}, texts.value, ...loaded);
    parsed.clear();
  }
}

/** Resolves when texts of these areas are there. */
export async function loadMessages(...areas: string[]): Promise<void> {
  const missing = areas.filter((area) => !wanted.has(area));
  missing.forEach((area) => wanted.add(area));
  if (missing.length) {
    await load(missing);
  }
}

function nodesOf(key: string): Node[] {
  const all = texts.value;
  let nodes = parsed.get(key);
  if (!nodes) {
    nodes = parse(all[key] ?? key);
    nodes = language.value === 'pseudo' ? pseudo(nodes) : nodes;
    parsed.set(key, nodes);
  }
  return nodes;
}

/** A text. `t('alerts.count', { n: 3 })` */
export function t(key: Key, values: Values = {}): string {
  return fill(nodesOf(key), values, locale()).join('');
}

/** The same with elements among the values: `tx('x.of', { link: <a href="/">12</a> })` */
export function tx(key: Key, values: Readonly<Record<string, ComponentChildren>>): ComponentChildren[] {
  return fill(nodesOf(key), values, locale()) as ComponentChildren[];
}

/** For words that come from the API: its text when there is one, else the word itself. */
export function tword(prefix: string, word: string): string {
  const key = `${prefix}.${word}`;
  return key in texts.value ? t(key as Key) : word;
}

/** Whether the catalogue has a text of that name. */
export const isKey = (key: string): key is Key => key in texts.value;

/** Whether a text is one of the catalogue's, as it stands there. */
export const isOurs = (text: string): boolean => Object.values(texts.peek()).includes(text);

let shown = language.value;
effect(() => {
  document.documentElement.lang = locale();
  if (shown !== language.value) {
    shown = language.value;
    void load(wanted);
  }
});
