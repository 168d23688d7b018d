// Messages with arguments: a small part of ICU MessageFormat.
//
//   {name}   {n, number}   {n, plural, =0 {none} one {# alert} other {# alerts}}
//   {kind, select, host {host} other {thing}}
//
// An apostrophe is an apostrophe, for French has many; braces cannot be written.
export type Node = string | { name: string; type: 'value' | 'number' | 'plural' | 'select' | 'hash'; options: Map<string, Node[]> };

class Reader {
  at = 0;
  constructor(readonly text: string) {}
  fail(what: string): never {
    throw new Error(`message "${this.text}", at ${this.at}: ${what}`);
  }
  space(): void {
    while (/\s/.test(this.text[this.at] ?? '')) this.at++;
  }
  word(): string {
    this.space();
    const found = /^[=\w.-]+/.exec(this.text.slice(this.at))?.[0] ?? this.fail('a word is missing');
    this.at += found.length;
    this.space();
    return found;
  }
  take(c: string): boolean {
    const there = this.text[this.at] === c;
    this.at += there ? 1 : 0;
    return there;
  }
  expect(c: string): void {
    if (!this.take(c)) this.fail(`${c} is missing`);
  }
  /** Until '}' or the end. `plural`: within one, where '#' is its number. */
  nodes(depth: number, plural: string): Node[] {
    const found: Node[] = [];
    let text = '';
    if (depth > 8) this.fail('too deep');
    for (; this.at < this.text.length && this.text[this.at] !== '}';) {
      const c = this.text[this.at]!;
      if (c === '{') {
        if (text) found.push(text);
        text = '';
        this.at++;
        found.push(this.argument(depth));
      } else if (c === '#' && plural) {
        if (text) found.push(text);
        text = '';
        this.at++;
        found.push({ name: plural, type: 'hash', options: new Map() });
      } else {
        text += c;
        this.at++;
      }
    }
    if (text) found.push(text);
    return found;
  }
  argument(depth: number): Node {
    const name = this.word();
    const options = new Map<string, Node[]>();
    if (this.take('}')) return { name, type: 'value', options };
    this.expect(',');
    const type = this.word();
    if (type === 'number') {
      this.expect('}');
      return { name, type, options };
    }
    if (type !== 'plural' && type !== 'select') return this.fail(`unknown type ${type}`);
    this.expect(',');
    for (this.space(); !this.take('}'); this.space()) {
      const key = this.word();
      this.expect('{');
      options.set(key, this.nodes(depth + 1, type === 'plural' ? name : ''));
      this.expect('}');
    }
    if (!options.has('other')) this.fail(`${name} has no "other"`);
    return { name, type, options };
  }
}

export function parse(text: string): Node[] {
  const reader = new Reader(text);
  const nodes = reader.nodes(0, '');
  if (reader.at < text.length) reader.fail('} without {');
  return nodes;
}

const rules = new Map<string, Intl.PluralRules>();
const numbers = new Map<string, Intl.NumberFormat>();
function kept<T>(map: Map<string, T>, locale: string, make: (locale: string) => T): T {
  let found = map.get(locale);
  if (!found) {
    found = make(locale);
    map.set(locale, found);
  }
  return found;
}

function choose(node: Exclude<Node, string>, value: unknown, locale: string): Node[] {
  if (node.type === 'plural') {
    const count = Number(value);
    const word = kept(rules, locale, (l) => new Intl.PluralRules(l)).select(count);
    return node.options.get(`=${count}`) ?? node.options.get(word) ?? node.options.get('other')!;
  }
  return node.options.get(String(value)) ?? node.options.get('other')!;
}

/** The message's parts; values that are no text and no number (elements) stay as they are. */
export function fill(nodes: readonly Node[], values: Readonly<Record<string, unknown>>, locale: string, out: unknown[] = []): unknown[] {
  for (const node of nodes) {
    if (typeof node === 'string') {
      out.push(node);
      continue;
    }
    const value = values[node.name];
    if (node.type === 'plural' || node.type === 'select') {
      fill(choose(node, value, locale), values, locale, out);
    } else if (typeof value === 'number') {
      out.push(kept(numbers, locale, (l) => new Intl.NumberFormat(l)).format(value));
    } else {
      out.push(value ?? '');
    }
  }
  return out;
}
