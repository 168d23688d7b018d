// A search as a job of the server: begun, followed while it runs, forgotten when the page is
// done with it. What it has found so far is shown at once.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, get, newKey, post, remove, type Page } from '../../core/api';
import { eventId, parted } from '../../core/query';
import type { Hunt, Row, Summary } from './types';

export interface Job { of: string; hunt: Hunt | undefined; rows: Row[]; next: string | null; summary: Summary | undefined; error: Error | undefined; busy: boolean; /** It was told to. */ stopping: boolean }
export interface Ask { query: string; from: string; to: string; facets: readonly string[]; /** Rows, at most; 0: as many as the server keeps unless told. */ keep: number }
const NOTHING: Job = { of: '', hunt: undefined, rows: [], next: null, summary: undefined, error: undefined, busy: false, stopping: false };
const PAGE = 200;

const wait = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });
const over = (hunt: Hunt): boolean => hunt.state !== 'queued' && hunt.state !== 'running';
const forget = (id: string): void => { void remove(`/hunts/${id}`).catch(() => undefined); };

type Say = (change: Partial<Job>) => void;
interface Follow { signal: AbortSignal; say: Say; rows: boolean; summary: boolean }

/** Until it is over; false: it did not come to its end. */
async function follow(id: string, { signal, say, rows, summary }: Follow): Promise<boolean> {
  let found: Row[] = [];
  let cursor: string | null = null;
  for (let pause = 60; !signal.aborted; pause = Math.min(800, pause * 1.5)) {
    const hunt = await get<Hunt>(`/hunts/${id}`, {}, { signal });
    const change: Partial<Job> = rows ? { hunt } : {};
    if (rows && found.length < PAGE) {
      const page: Page<Row> = await get<Page<Row>>(`/hunts/${id}/rows`, { limit: PAGE, cursor }, { signal });
      found = found.concat(page.items);
      cursor = page.next ?? null;
      Object.assign(change, { rows: found, next: cursor });
    }
    if (summary) change.summary = await get<Summary>(`/hunts/${id}/summary`, {}, { signal });
    say(change);
    if (over(hunt) && (!rows || found.length >= PAGE || cursor === null)) return hunt.state === 'done';
    await wait(pause);
  }
  return false;
}

const ours = (ask: Ask): object => ({ ...(ask.from ? { from: ask.from } : {}), ...(ask.to ? { to: ask.to } : {}), ...(ask.keep ? { limit: ask.keep } : {}) });
/** Tables have no summary: then it is one of the events behind them. */
const isTable = (error: unknown): boolean => error instanceof ApiError && error.faults.some((f) => f.path === 'summary');

/** A page that was reloaded leaves its search behind; when there are too many the oldest that has ended goes. */
async function beginHunt(body: object): Promise<Hunt> {
  try {
    return await post<Hunt>('/hunts', body, { key: newKey() });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 409) throw error;
    const ended = (await get<Page<Hunt>>('/hunts')).items.filter(over);
    const oldest = ended[ended.length - 1];
    if (!oldest) throw error;
    await remove(`/hunts/${oldest.id}`);
    return post<Hunt>('/hunts', body, { key: newKey() });
  }
}

async function search(ask: Ask, signal: AbortSignal, say: Say, ids: string[]): Promise<void> {
  const begin = async (body: object): Promise<string> => {
    const { id } = await beginHunt({ ...ours(ask), ...body });
    ids.push(id);
    // The page may have gone on while the answer was on its way.
    if (signal.aborted) forget(id);
    return id;
  };
  const whole = { query: ask.query, summary: true, facets: ask.facets };
  let id: string;
  try {
    id = await begin(whole);
  } catch (error) {
    if (!isTable(error)) throw error;
    id = await begin({ query: ask.query });
    if (!(await follow(id, { signal, say, rows: true, summary: false }))) return;
    const behind = await begin({ ...whole, query: parted(ask.query)[0], limit: 1 });
    await follow(behind, { signal, say, rows: false, summary: true });
    return;
  }
  await follow(id, { signal, say, rows: true, summary: true });
}

/** Runs `ask` whenever it or `turn` changes; null: nothing is searched for. */
export function useHunt(ask: Ask | null, turn: number): Job & { cancel: () => void; loadMore: () => void } {
  const name = ask ? JSON.stringify([ask, turn]) : '';
  const [job, setJob] = useState<Job>(NOTHING);
  const running = useRef<{ ids: string[]; abort: AbortController } | null>(null);
  const held = useRef(job);
  held.current = job;
  useEffect(() => {
    if (!ask) {
      setJob(NOTHING);
      return undefined;
    }
    const abort = new AbortController();
    const { signal } = abort;
    const ids: string[] = [];
    running.current = { ids, abort };
    setJob({ ...NOTHING, of: name, busy: true });
    const say: Say = (change) => { if (!signal.aborted) setJob((j) => ({ ...j, ...change })); };
    const one = eventId(ask.query);
    const all = one ? get<Row>(`/events/${one}`, {}, { signal }).then((row) => say({ rows: [row] })) : search(ask, signal, say, ids);
    all.then(() => say({ busy: false }), (error: Error) => say({ error, busy: false }));
    return () => {
      abort.abort();
      ids.forEach(forget);
    };
  }, [name]);
  /** The server stops at the next block and keeps what it found; it is followed until it says so. */
  const cancel = useCallback(() => {
    const now = running.current;
    setJob((j) => ({ ...j, stopping: true }));
    now?.ids.forEach((id) => {
      post(`/hunts/${id}/cancel`).catch((error: Error) => { if (!now.abort.signal.aborted) setJob((j) => ({ ...j, error, stopping: false })); });
    });
  }, []);
  const asking = useRef(false);
  const loadMore = useCallback(() => {
    const { hunt, next, of, busy } = held.current;
    if (!hunt || !next || asking.current || busy) return;
    asking.current = true;
    get<Page<Row>>(`/hunts/${hunt.id}/rows`, { limit: PAGE, cursor: next }).then(
      (page) => setJob((j) => (j.of === of ? { ...j, rows: j.rows.concat(page.items), next: page.next ?? null } : j)),
      (error: Error) => setJob((j) => (j.of === of ? { ...j, error, next: null } : j))).finally(() => { asking.current = false; });
  }, []);
  const mine = job.of === name ? job : { ...NOTHING, of: name, busy: ask !== null };
  return { ...mine, cancel, loadMore };
}
