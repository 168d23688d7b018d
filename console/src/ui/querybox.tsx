// A query of one line for pages where most people never change it: a plain field, in whose place
// the editor (ui/query, 100 KiB) comes when somebody goes there. What was typed meanwhile, and
// where, goes on in it; without the editor the field works as well.
import type { ComponentType } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { QueryEditorProps } from './query';

let Editor: ComponentType<QueryEditorProps> | null = null;
const load = async (): Promise<void> => {
  Editor ??= (await import('./query')).QueryEditor;
};

/** Nobody has typed for so long: between the press of a key and its letter the field has to stay. */
const STILL_MS = 300;

export function QueryBox(props: QueryEditorProps) {
  const field = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const [start, setStart] = useState<{ from: number; to: number } | 'away' | null>(Editor ? 'away' : null);
  useEffect(() => () => clearTimeout(timer.current), []);
  const wait = (): void => clearTimeout(timer.current);
  const swap = (): void => {
    wait();
    timer.current = setTimeout(() => {
      const now = field.current;
      if (now && Editor) setStart(document.activeElement === now ? { from: now.selectionStart ?? now.value.length, to: now.selectionEnd ?? now.value.length } : 'away');
    }, STILL_MS);
  };
  if (start && Editor) return <Editor {...props} {...(start === 'away' ? {} : { start })} />;
  return (
    <input class="qe plain" id={props.id} ref={field} type="text" aria-label={props.label} placeholder={props.placeholder} value={props.value} spellcheck={false} autocomplete="off"
      onFocus={() => { void load().then(swap, () => undefined); }} onInput={(event) => props.onChange?.(event.currentTarget.value)}
      onKeyDown={(event) => { wait(); if (event.key === 'Enter' && !event.isComposing) props.onRun(event.currentTarget.value); }} onKeyUp={(event) => { if (!event.isComposing) swap(); }}
      onPointerDown={wait} onPointerUp={swap} onCompositionStart={wait} onCompositionEnd={swap} />
  );
}

/** For the key `/`. */
export function focusQuery(id: string): void {
  const box = document.getElementById(id);
  (box?.shadowRoot?.querySelector<HTMLElement>('.cm-content') ?? box)?.focus();
}
