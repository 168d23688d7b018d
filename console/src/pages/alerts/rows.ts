// The rows that are shown, kept true without moving any: what others change is fetched and put in
// place, what one has done oneself is put in place when the server has confirmed it.
import { useCallback, useEffect, useMemo, useRef } from 'preact/hooks';
import { get, type Query } from '../../core/api';
import type { Pages } from '../../core/resource';
import type { Told } from './actions';
import { forgetFailed } from './pending';
import type { Alert } from './types';

const GATHER_MS = 300;
/** Ids of one question. */
export const IDS_MAX = 200;

/** Those of the ids that `chosen` chooses, too. */
export const byIds = async (ids: readonly string[], chosen: Query = {}): Promise<Alert[]> =>
  (await get<{ items: Alert[] }>('/alerts', { ...chosen, ids: ids.join(','), limit: ids.length })).items;
export const parts = (ids: readonly string[]): string[][] => Array.from({ length: Math.ceil(ids.length / IDS_MAX) }, (_, i) => ids.slice(i * IDS_MAX, (i + 1) * IDS_MAX));

/** Calls `what` soon after it was asked to, however often it is asked: at most once in `ms`. */
export function useAtMost(ms: number, what: () => void): () => void {
  const current = useRef(what);
  current.current = what;
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(() => () => { if (timer.current) clearTimeout(timer.current); }, []);
  return useCallback(() => {
    timer.current ??= setTimeout(() => {
      timer.current = null;
      current.current();
    }, ms);
  }, [ms]);
}

const differs = (a: Alert, b: Alert | undefined): boolean => b !== undefined && (a.status !== b.status || a.owner !== b.owner);

/** Calls `what` when it was not asked to for `rest` ms, and after `most` at the latest. */
export function useAtRest(rest: number, most: number, what: () => void): () => void {
  const current = useRef(what);
  current.current = what;
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const began = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  return useCallback(() => {
    const now = performance.now();
    clearTimeout(timer.current);
    began.current ||= now;
    timer.current = setTimeout(() => {
      began.current = 0;
      current.current();
    }, Math.max(0, Math.min(rest, began.current + most - now)));
  }, [rest, most]);
}

export interface Rows {
  /** Where each alert stands. */
  places: ReadonlyMap<string, number>;
  /** Fetches those of them that are shown, soon. */
  update: (ids: readonly string[]) => void;
  /** The server has confirmed what was asked for. */
  done: Told['done'];
}

/** `each` is called with the ids that were asked to be updated, shown or not. */
export function useRows(list: Pages<Alert>, each: (ids: ReadonlySet<string>) => void): Rows {
  const { items, replace } = list;
  // Rows that are replaced stay where they are, so that there is nothing to find anew.
  const places = useMemo(() => new Map(items.map((a, i) => [a.id, i])), [list.first, items.length, items[0]?.id, items[items.length - 1]?.id]);
  const current = useRef({ places, items, each });
  current.current = { places, items, each };
  const waiting = useRef(new Set<string>());
  /** When the server confirmed it: what was asked for before that may be older. */
  const confirmed = useRef(new Map<string, number>());
  const soon = useAtMost(GATHER_MS, () => {
    const ids = [...waiting.current];
    waiting.current.clear();
    current.current.each(new Set(ids));
    const shown = ids.filter((id) => current.current.places.has(id));
    parts(shown).forEach(fetchRows);
  });
  const update = useCallback((ids: readonly string[]) => {
    ids.forEach((id) => waiting.current.add(id));
    if (ids.length) soon();
  }, [soon]);
  const fetchRows = (ids: readonly string[]): void => {
    const began = performance.now();
    void byIds(ids).then((items) => {
      const late = ids.filter((id) => (confirmed.current.get(id) ?? 0) > began);
      const now = new Map(items.map((a) => [a.id, a]));
      late.forEach((id) => now.delete(id));
      // What was not done, as far as was known, may have been: then the row itself says so.
      const { places: there, items: shown } = current.current;
      forgetFailed([...now.values()].filter((a) => differs(a, shown[there.get(a.id) ?? -1])).map((a) => a.id));
      replace((a) => now.get(a.id) ?? a);
      update(late);
    }, () => undefined);
  };
  const done = useCallback<Told['done']>((ids, fields) => {
    const at = performance.now();
    if (confirmed.current.size > 10_000) confirmed.current.clear();
    const now = new Set(ids);
    ids.forEach((id) => confirmed.current.set(id, at));
    replace((a) => (now.has(a.id) ? { ...a, ...fields(a.id) } : a));
    update(ids);
  }, [replace, update]);
  return { places, update, done };
}
