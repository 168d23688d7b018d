// YAML to be read: its words in colours, as elements and never as markup.
import type { ComponentChildren } from 'preact';

type Word = readonly [kind: string, text: string];
const KEY = /^(\s*(?:- +)*)([^\s#'"&*!|>%@`{[\]},-][^:#]*|'[^']*'|"[^"]*")(:)(?=\s|$)/;
const VALUE = /'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|(?<=^|\s)#.*$|(?<=^|[\s[,:{])(?:true|false|null|~|-?\d+(?:\.\d+)?)(?=$|[\s,\]}])|[^'"#\s]+|\s+|./g;

const kindOf = (text: string): string =>
  text[0] === '#' ? 'com' : text[0] === "'" || text[0] === '"' ? 'str' : /^(?:true|false|null|~|-?\d+(?:\.\d+)?)$/.test(text) ? 'num' : '';

/** A line as words; one that is in a block of text is one. */
export function wordsOf(line: string): Word[] {
  const words: Word[] = [];
  let rest = line;
  const key = /^\s*#/.test(line) ? null : KEY.exec(line);
  if (key) {
    words.push(['', key[1]!], ['key', key[2]!], ['', key[3]!]);
    rest = line.slice(key[0].length);
  }
  for (const [text] of rest.matchAll(VALUE)) words.push([kindOf(text), text]);
  return words;
}

export function Yaml({ text, label, children }: { text: string; label: string; children?: ComponentChildren }) {
  return (
    <div class="yaml">
      <pre tabIndex={0} role="region" aria-label={label}><code>{text.split('\n').map((line, i) => (
        <span class="yl" key={i}>{wordsOf(line).map(([kind, word], k) => (kind ? <span key={k} class={`y-${kind}`}>{word}</span> : word))}{'\n'}</span>))}</code></pre>
      {children}
    </div>
  );
}
