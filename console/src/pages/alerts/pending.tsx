// What was asked of the server and is not confirmed yet. A row shows it at once, marked as such;
// the answer confirms it, or the row goes back to what is known and says that it was not done.
// Counts are not touched: they are the server's, and follow when it has confirmed.
import { signal } from '@preact/signals';
import { CircleAlert, CircleDashed } from 'lucide';
import { visible } from '../../core/format';
import { t, tword } from '../../core/messages';
import { Icon } from '../../ui/icon';
import type { Alert } from './types';

export type Fields = Partial<Pick<Alert, 'status' | 'reason' | 'owner' | 'owner_name'>>;
/** Of one alert: what was asked for, oldest first, and why the last of it was not done. */
interface Waiting { asked: readonly { turn: number; fields: Fields }[]; failed?: string }
const waiting = signal<ReadonlyMap<string, Waiting>>(new Map());
let turns = 0;

/** Shows `fields` on each alert, until `end` is called with the number that this gives. */
export function begin(ids: readonly string[], fields: (id: string) => Fields | undefined): number {
  const turn = ++turns;
  const next = new Map(waiting.peek());
  for (const id of ids) {
    const now = fields(id);
    if (now) next.set(id, { asked: [...(next.get(id)?.asked ?? []), { turn, fields: now }] });
  }
  waiting.value = next;
  return turn;
}

/** The server has answered, or will not: `why` has the ids that it was not done to. */
export function end(turn: number, ids: readonly string[], why: ReadonlyMap<string, string>): void {
  const next = new Map(waiting.peek());
  for (const id of ids) {
    const before = next.get(id);
    if (!before) continue;
    const asked = before.asked.filter((one) => one.turn !== turn);
    const failed = why.get(id) ?? before.failed;
    if (asked.length || failed) next.set(id, failed ? { asked, failed } : { asked });
    else next.delete(id);
  }
  waiting.value = next;
}

/** What was not done has been seen, or the rows are newer than that. */
export function forgetFailed(ids?: readonly string[]): void {
  const next = new Map(waiting.peek());
  for (const id of ids ?? [...next.keys()]) {
    const one = next.get(id);
    if (one?.failed && one.asked.length === 0) next.delete(id);
  }
  if (next.size !== waiting.peek().size) waiting.value = next;
}

/** Ids whose last change was not done, as far as is known. */
export const failed = (): string[] => [...waiting.peek()].filter(([, w]) => w.failed).map(([id]) => id);

/** The alert as it is shown: with what was asked for. Read in render, it is kept up to date. */
export function asked<T extends Alert>(of: T): T {
  const now = waiting.value.get(of.id)?.asked;
  return now?.length ? Object.assign({}, of, ...now.map((one) => one.fields)) as T : of;
}

function Unconfirmed() {
  return <span class="asked" title={t('alerts.unconfirmed')}><Icon of={CircleDashed} size={12} /><span class="vh">, {t('alerts.unconfirmed')}</span></span>;
}

/** Its state; and, wherever the alert is shown, whether something is not confirmed or was not done. */
export function Status({ of }: { of: Alert }) {
  const { status } = asked(of);
  const why = waiting.value.get(of.id)?.failed;
  return (
    <span class={`stt s-${status}`}>{tword('alertstatus', status)}{waiting.value.get(of.id)?.asked.length ? <Unconfirmed /> : null}
      {why ? <span class="notdone" title={why}><Icon of={CircleAlert} size={13} /><span class="vh">, {t('alerts.notdone', { why })}</span></span> : null}</span>
  );
}

export function Owner({ of }: { of: Alert }) {
  const { owner, owner_name: name } = asked(of);
  return owner ? <span class="el">{visible(name ?? owner)}</span> : <span class="none">{t('who.nobody')}</span>;
}

/** How many wait for the server, for the foot of the queue; said to screen readers. */
export function Unanswered() {
  const n = [...waiting.value.values()].filter((w) => w.asked.length).length;
  return <span class={n ? 'pend' : 'pend none'} role="status">{n ? <><Icon of={CircleDashed} size={12} /> {t('alerts.pending', { n })}</> : ''}</span>;
}
