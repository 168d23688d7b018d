// The live tail: what is new is put on top, and only that is asked for. A page of the queue, its
// facets and its histogram are two thousand times as much as a new alert, so that those follow at
// intervals.
import { useCallback, useRef } from 'preact/hooks';
import type { Query } from '../../core/api';
import type { Pages } from '../../core/resource';
import { byIds, IDS_MAX, useAtMost } from './rows';
import type { Alert } from './types';

const GATHER_MS = 1000;
const COUNTS_MS = 5000;
/** The tail keeps so many rows; whoever wants older ones leaves it, and pages. */
const ROWS_MAX = 1000;

const idOf = (a: Alert): string => a.id;

export interface Tailed {
  list: Pages<Alert>;
  /** What the rows are chosen by. */
  chosen: Query & { q: string };
  /** Changes rows that are shown, in place. */
  update: (ids: readonly string[]) => void;
  /** Facets and histogram. */
  counts: () => void;
}

/** Gives what is called with the ids that changed; `more`: others, too. */
export function useTail(tailed: Tailed): (ids: readonly string[], more: boolean) => void {
  const now = useRef(tailed);
  now.current = tailed;
  const waiting = useRef(new Set<string>());
  const counts = useAtMost(COUNTS_MS, () => now.current.counts());
  const anew = useAtMost(COUNTS_MS, () => {
    waiting.current.clear();
    now.current.list.reload();
  });
  const take = useAtMost(GATHER_MS, () => {
    const { list, chosen, update } = now.current;
    const shown = new Set(list.items.map(idOf));
    const ids = [...waiting.current];
    const fresh = ids.filter((id) => !shown.has(id));
    waiting.current.clear();
    update(ids.filter((id) => shown.has(id)));
    // With more than one question's waiting the page is asked for anew.
    if (fresh.length > IDS_MAX) {
      anew();
    } else if (fresh.length > 0) {
      void byIds(fresh, { ...chosen, sort: 'last' }).then((items) => now.current.list.put(items, idOf, ROWS_MAX), () => anew());
    }
  });
  return useCallback((ids, more) => {
    ids.forEach((id) => waiting.current.add(id));
    (more ? anew : take)();
    counts();
  }, [anew, take, counts]);
}
