// Keys of pages, and the help that lists them. Single keys of a page work unless a field has
// the focus or the person has turned them off.
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Key } from './messages';
import { keysOn } from './prefs';

export interface Shortcut { keys: string[]; label: Key }
export interface Group { label: Key; shortcuts: Shortcut[] }
/** What `?` shows, by page: the last one added comes first. */
export const groups = signal<readonly Group[]>([]);

export function typing(event: KeyboardEvent): boolean {
  const inner = event.composedPath()[0];
  return inner instanceof Element && inner.closest('input:not([type=checkbox]):not([type=radio]),select,textarea,[contenteditable]') !== null;
}

/** A page's keys: `{ n: showNew, '/': focusQuery }`, while it is there. `group` lists them. */
export function useKeys(keys: Readonly<Record<string, (event: KeyboardEvent) => void>>, group?: Group): void {
  const current = useRef(keys);
  current.current = keys;
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const act = current.current[event.key];
      if (!act || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event) || !keysOn.value ||
          document.querySelector('dialog[open]')) {
        return;
      }
      event.preventDefault();
      act(event);
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
  useEffect(() => {
    if (!group) return;
    groups.value = [group, ...groups.peek()];
    return () => { groups.value = groups.peek().filter((g) => g !== group); };
  }, []);
}
