// Texts that are made of templates: finding which one, and saying the same by another. No state.
import { fill, parse } from './icu';

export type Templates = readonly (readonly [RegExp, string])[];

/** What finds "there is no task {id}" in a text, and its argument. */
export const pattern = (template: string): RegExp =>
  new RegExp(`^${template.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{(\w+)\}/g, '(?<$1>.+?)')}$`);

export function translated(text: string, among: Templates, tag: string): string | null {
  for (const [wanted, said] of among) {
    const found = wanted.exec(text);
    if (found) return fill(parse(said), found.groups ?? {}, tag).join('');
  }
  return null;
}

/** Stands for an argument of which nothing is known. */
export const MISSING = '\u0000';

/** What ⟦ ⟧ of a filled template holds is left out when an argument in it is missing. */
export const sentence = (filled: string): string =>
  filled.replace(/⟦[^⟦⟧]*⟧/g, (part) => (part.includes(MISSING) ? '' : part.slice(1, -1))).replaceAll(MISSING, '');
