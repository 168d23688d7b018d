// The query editor: CodeMirror in a shadow root, where it adopts style sheets, so that the
// page's policy needs no exception for <style>. Import it only from pages: it is 100 KiB.
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { autocompletion, completionKeymap, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from '@codemirror/language';
import { EditorState, Prec } from '@codemirror/state';
import { EditorView, keymap, placeholder as placeholderOf, tooltips } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const language = StreamLanguage.define<object>({
  startState: () => ({}),
  token(stream) {
    if (stream.eatSpace()) return null;
    if (stream.match(/"(?:[^"\\]|\\.)*"?/)) return 'string';
    if (stream.match(/\b(?:AND|OR|NOT|IN|and|or|not|in)\b/)) return 'keyword';
    if (stream.match(/\|\s*[a-z]+/)) return 'keyword';
    if (stream.match(/[a-z_][\w.]*(?=\s*(?::|>=|<=|>|<|=))/i)) return 'propertyName';
    if (stream.match(/[:<>=()|,]+/)) return 'punctuation';
    if (stream.match(/\d[\d.:/-]*/)) return 'number';
    if (!stream.match(/[^\s:<>=()|,]+/)) stream.next();
    return null;
  },
});
/** Rules are YAML; a block of text in it is coloured as what it looks like. */
const yaml = StreamLanguage.define<object>({
  startState: () => ({}),
  token(stream) {
    if (stream.eatSpace()) return null;
    if (stream.match(/#.*/)) return 'comment';
    if (stream.match(/(?:'[^']*'|"[^"]*"|[\w.|@$%*-][^:#'"]*)(?=:(?:\s|$))/)) return 'propertyName';
    if (stream.match(/'(?:[^']|'')*'?/) || stream.match(/"(?:[^"\\]|\\.)*"?/)) return 'string';
    if (stream.match(/(?:true|false|null|-?\d+(?:\.\d+)?)(?=\s|$)/)) return 'number';
    if (stream.match(/[:[\]{},-]+(?=\s|$)/)) return 'punctuation';
    if (!stream.match(/[^\s'"#]+/)) stream.next();
    return null;
  },
});
const highlight = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--q-field)' }, { tag: tags.keyword, color: 'var(--q-kw)', fontWeight: '700' },
  { tag: tags.string, color: 'var(--q-str)' }, { tag: tags.number, color: 'var(--q-num)' }, { tag: tags.punctuation, color: 'var(--ink-3)' },
  { tag: tags.comment, color: 'var(--ink-2)', fontStyle: 'italic' },
]);
const look = EditorView.theme({
  '&': { fontSize: '14px', color: 'var(--ink)', backgroundColor: 'transparent' }, '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '22px', overflow: 'auto' },
  '.cm-content': { padding: '6px 0', caretColor: 'var(--ink)' }, '.cm-line': { padding: '0 4px' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)', borderLeftWidth: '2px' }, '.cm-placeholder': { color: 'var(--ink-3)' },
  '.cm-tooltip': { background: 'var(--panel)', border: '1px solid var(--line-2)', color: 'var(--ink)' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { background: 'var(--accent)', color: 'var(--accent-ink)' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': { background: 'var(--sel) !important' },
});

export interface Suggestion { label: string; detail?: string; apply?: string }
export interface QueryEditorProps {
  value: string;
  onRun: (query: string) => void;
  onChange?: (query: string) => void;
  label: string;
  placeholder?: string;
  /** Several lines; then Ctrl+Enter runs, else Enter does. */
  lines?: boolean;
  /** It is a rule, not a query. */
  yaml?: boolean;
  /** What may stand where the word begins that is being typed; `before` is all text before it. */
  suggest?: (word: string, before: string) => readonly Suggestion[] | Promise<readonly Suggestion[]>;
  id?: string;
  /** It takes the place of a field that has the focus: goes on there, with this selected. */
  start?: { from: number; to: number };
}

export function QueryEditor(props: QueryEditorProps) {
  const ref = useRef<HTMLDivElement>(null);
  const current = useRef(props);
  const view = useRef<EditorView | null>(null);
  /** Texts that were told and have not come back: an older one is no order to write it again. */
  const told = useRef<string[]>([]);
  current.current = props;
  // At once with the element, so that no key falls between a field and the editor in its place.
  useLayoutEffect(() => {
    const host = ref.current!;
    const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
    const run = (v: EditorView): boolean => { current.current.onRun(v.state.doc.toString()); return true; };
    const complete = async (context: CompletionContext): Promise<CompletionResult | null> => {
      const word = context.matchBefore(/[\w.@-]*/);
      if (!word || (word.from === word.to && !context.explicit) || !current.current.suggest) return null;
      const options = await current.current.suggest(word.text, context.state.sliceDoc(0, word.from));
      return { from: word.from, options: options.map((o) => ({ type: 'property', ...o })) };
    };
    view.current = new EditorView({
      root, parent: root,
      state: EditorState.create({ doc: props.value, extensions: [
        Prec.highest(keymap.of([{ key: props.lines ? 'Mod-Enter' : 'Enter', run }])),
        props.lines ? EditorView.lineWrapping : EditorState.transactionFilter.of((change) => (change.newDoc.lines > 1 ? [] : change)),
        history(), keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap]),
        props.yaml ? yaml : language, syntaxHighlighting(highlight), autocompletion({ override: [complete], icons: false }),
        placeholderOf(props.placeholder ?? ''), tooltips({ position: 'fixed' }),
        EditorView.contentAttributes.of({ 'aria-label': props.label, tabindex: '0', 'aria-multiline': String(props.lines ?? false) }),
        EditorView.updateListener.of((update) => { 
          if (!update.docChanged || !current.current.onChange) return;
          const text = update.state.doc.toString();
          told.current.push(text);
          if (told.current.length > 100) told.current.shift();
          current.current.onChange(text);
        }),
        look,
      ] }),
    });
    host.dataset['ready'] = '1';
    if (props.start) {
      const end = view.current.state.doc.length;
      view.current.dispatch({ selection: { anchor: Math.min(props.start.from, end), head: Math.min(props.start.to, end) } });
      view.current.focus();
    }
    return () => view.current?.destroy();
  }, []);
  useEffect(() => {
    const now = view.current;
    const echo = told.current.lastIndexOf(props.value);
    if (echo >= 0) {
      told.current.splice(0, echo + 1);
      return;
    }
    if (now && now.state.doc.toString() !== props.value) {
      now.dispatch({ changes: { from: 0, to: now.state.doc.length, insert: props.value } });
    }
  }, [props.value]);
  return <div class="qe" id={props.id} ref={ref} />;
}

/** For the key `/`. */
export function focusQuery(id: string): void {
  document.getElementById(id)?.shadowRoot?.querySelector<HTMLElement>('.cm-content')?.focus();
}
