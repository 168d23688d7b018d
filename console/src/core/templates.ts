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
