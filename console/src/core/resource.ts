// What a page shows of the API, with its age and its failures. Data that were there stay
// while newer ones are fetched, and when they cannot be.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { address, get, type Page, type Query } from './api';
import { now } from './clock';

export interface Resource<T> {
  /** loading: nothing yet; ready; failed: see error, and data may still be there. */
  state: 'loading' | 'ready' | 'failed';
  data: T | undefined;
  error: Error | undefined;
  /** When the data were fetched, ms; 0: never. */
  at: number;
  /** Newer ones are on their way, or other ones: what is shown is of before. */
  busy: boolean;
  reload: () => void;
}
interface Held<T> { path: string; url: string; data: T | undefined; error: Error | undefined; at: number; busy: boolean }

/** GET `path`; null: nothing is asked for. Another path forgets the data, another query keeps
 * them until the answer. */
export function useResource<T>(path: string | null, query: Query = {}): Resource<T> {
  const url = path === null ? '' : address(path, query);
  const [turn, setTurn] = useState(0);
  const [held, setHeld] = useState<Held<T>>({ path: '', url: '', data: undefined, error: undefined, at: 0, busy: false });
  const asked = useRef(query);
  asked.current = query;
  useEffect(() => {
    if (path === null) return;
    const abort = new AbortController();
    setHeld((h) => (h.path === path ? { ...h, busy: true } : { path, url, data: undefined, error: undefined, at: 0, busy: true }));
    get<T>(path, asked.current, { signal: abort.signal }).then(
      (data) => setHeld({ path, url, data, error: undefined, at: Date.now(), busy: false }),
      (error: Error) => {
        if (!abort.signal.aborted) setHeld((h) => ({ ...h, url, error, busy: false }));
      });
    return () => abort.abort();
  }, [url, turn]);
  const reload = useCallback(() => setTurn((n) => n + 1), []);
  const mine = held.path === path;
  const state = !mine || (held.data === undefined && !held.error) ? 'loading' : held.error ? 'failed' : 'ready';
  return {
    state, data: mine ? held.data : undefined, error: mine ? held.error : undefined, at: held.at,
    busy: held.busy || held.url !== url, reload,
  };
}

export interface Pages<T> extends Omit<Resource<Page<T>>, 'data'> {
  items: T[];
  /** The first page with its other members (total, as_of). */
  first: Page<T> | undefined;
  more: boolean;
  loadMore: () => void;
  /** Puts changed rows in place of those that are shown, without moving any. */
  replace: (change: (item: T) => T) => void;
  /** Puts those on top that are not shown yet, and keeps `most` rows; loadMore ends where some went. */
  put: (items: readonly T[], id: (item: T) => string, most: number) => void;
}

/** A list, page by page. loadMore may be called as often as one likes. */
export function usePages<T>(path: string | null, query: Query = {}): Pages<T> {
  const first = useResource<Page<T>>(path, query);
  const [rest, setRest] = useState<{ of: Page<T> | undefined; items: T[]; next: string | null; error: Error | undefined }>(
    { of: undefined, items: [], next: null, error: undefined });
  const under = useRef<AbortController | null>(null);
  const now = useRef({ path, query, first: first.data, rest });
  now.current = { path, query, first: first.data, rest };
  useEffect(() => {
    under.current?.abort();
    under.current = null;
    setRest({ of: first.data, items: first.data?.items ?? [], next: first.data?.next ?? null, error: undefined });
  }, [first.data]);
  const loadMore = useCallback(() => {
    const { path: at, query: asked, rest: have } = now.current;
    if (at === null || !have.next || under.current) return;
    const abort = new AbortController();
    under.current = abort;
    get<Page<T>>(at, { ...asked, cursor: have.next }, { signal: abort.signal }).then(
      (page) => setRest((r) => ({ ...r, items: r.items.concat(page.items), next: page.next ?? null, error: undefined })),
      (error: Error) => {
        if (!abort.signal.aborted) setRest((r) => ({ ...r, error }));
      }).finally(() => {
      if (under.current === abort) under.current = null;
    });
  }, []);
  const replace = useCallback((change: (item: T) => T) => setRest((r) => ({ ...r, items: r.items.map(change) })), []);
  const put = useCallback((items: readonly T[], id: (item: T) => string, most: number) => setRest((r) => {
    const there = new Set(r.items.map(id));
    const all = items.filter((item) => !there.has(id(item))).concat(r.items);
    return { ...r, items: all.slice(0, most), next: all.length > most ? null : r.next };
  }), []);
  const { data, ...others } = first;
  const mine = rest.of === data;
  return {
    ...others, error: first.error ?? rest.error, first: data, items: mine ? rest.items : data?.items ?? [],
    more: (mine ? rest.next : data?.next ?? null) !== null && data !== undefined, loadMore, replace, put,
  };
}

/** The server's clock (core/clock), going on by itself, for ages. */
export function useNow(everyMs = 1000): number {
  const [time, setTime] = useState(now());
  useEffect(() => {
    const timer = setInterval(() => setTime(now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return time;
}
