// The text of a query, as docs/hunt.md has it, changed by what is clicked. No elements.

const PLAIN = /^[\w@$][\w.@$-]*$/;
const WORD = /^(and|or|not)$/i;
/** Verbatim: in single quotes nothing is a wildcard, and a backslash is one. */
export const quoted = (value: string): string => (PLAIN.test(value) && !WORD.test(value) ? value : `'${value.replace(/'/g, "''")}'`);
const named = (field: string): string => (/^[\w.@$%#[\]-]+$/.test(field) && !WORD.test(field) ? field : `"${field.replace(/"/g, '""')}"`);

/** Where what stands in quotes, or a regular expression, ends; the place itself when none begins there. */
function skipped(text: string, at: number): number {
  const mark = text[at]!;
  if (at > 0 && !/[\s(:=<>!]/.test(text[at - 1]!)) return at;
  if (mark !== '"' && mark !== "'" && mark !== '/') return at;
  for (let i = at + 1; i < text.length; i++) {
    if (mark === '/' && text[i] === '\\') i++;
    else if (text[i] === mark && mark !== '/' && text[i + 1] === mark) i++;
    else if (text[i] === mark) return i;
  }
  return at;
}

/** What finds events, and what is made of them: "a | count by b" is ["a", "| count by b"]. */
export function parted(query: string): [string, string] {
  for (let i = 0; i < query.length; i++) {
    i = skipped(query, i);
    if (query[i] !== '|') continue;
    if (query[i + 1] === '|') i++;
    else return [query.slice(0, i).trim(), query.slice(i).trim()];
  }
  return [query.trim(), ''];
}

/** One condition; null: the event has no such field. */
export function condition(field: string, value: string | null, keep: boolean): string {
  const none = value === null ? !keep : keep;
  const what = value === null ? `${named(field)}:*` : `${named(field)}:${value === '' ? '""' : quoted(value)}`;
  return none ? what : `NOT ${what}`;
}

/** The query with a condition more; what is made of the events stays behind it, if wanted. */
export function narrowed(query: string, term: string, pipeline = true): string {
  const [conditions, rest] = parted(query);
  const all = conditions === '' || conditions === '*' || conditions === '*:*';
  const wide = /\bor\b|\|\|/i.test(conditions) && !/^\([^()]*\)$/.test(conditions);
  const text = all ? term : `${wide ? `(${conditions})` : conditions} AND ${term}`;
  return pipeline && rest ? `${text} ${rest}` : text;
}

/** The id when the query is about one event alone: that one is fetched, not searched for. */
export const eventId = (query: string): string | null => /^\s*id\s*[:=]\s*["']?([0-9A-Za-z]{4}(?:-?[0-9A-Za-z]{4}){2})["']?\s*$/.exec(query)?.[1] ?? null;

/** "column 5: there is no 'cuont'" as place and words. */
export function fault(detail: string): { column: number; text: string } | null {
  const found = /^column (\d+): ([^\n]*)/.exec(detail);
  return found ? { column: Number(found[1]), text: found[2]! } : null;
}
