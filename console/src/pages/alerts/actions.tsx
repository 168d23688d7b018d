// What is done to alerts: one request for all of them, shown at once and marked until the server
// has confirmed it; and undo while the server allows it.
import { useState } from 'preact/hooks';
import { newKey, OfflineError, post } from '../../core/api';
import { t } from '../../core/messages';
import { said } from '../../core/said';
import { session } from '../../core/session';
import { Dialog } from '../../ui/dialog';
import { Select, TextArea } from '../../ui/form';
import { toast } from '../../ui/toast';
import { begin, end, type Fields } from './pending';
import { REASONS, type Alert } from './types';

export type Verb = 'acknowledge' | 'start' | 'close' | 'reopen' | 'assign' | 'note';
export interface Act { action: Verb; ids: string[]; owner?: string; reason?: string; text?: string }
interface Done { action_id: string; changed: number; refused: { id: string; why: string }[]; undo_until: string | null }
/** `known`: the alerts as they are shown, those there are; `done`: the server has confirmed it for these. */
export interface Told { known: (id: string) => Alert | undefined; done: (ids: readonly string[], fields: (id: string) => Fields | undefined) => void }

/** Of one request (POST /alerts/actions). */
export const ACTION_MAX = 1000;
/** A line that is dead and does not say so: then nobody knows whether it was done. */
const ANSWER_MS = 30_000;

const STATUS: Partial<Record<Verb, string>> = { acknowledge: 'acknowledged', start: 'in-progress', close: 'closed', reopen: 'new' };
function wanted(what: Act): Fields {
  const status = STATUS[what.action];
  if (status) return { status, ...(what.reason ? { reason: what.reason } : {}) };
  if (what.action !== 'assign') return {};
  const me = session.peek();
  return what.owner === 'me' && me ? { owner: `user:${me.user}`, owner_name: me.name } : { owner: what.owner ?? '', owner_name: '' };
}

const reasonOf = (error: Error): string => (error instanceof OfflineError || error.name === 'TimeoutError' ? t('alerts.noanswer') : error.message);

/** Shows `fields`, asks, and tells what came of it; nothing of what is refused stays on the screen. */
async function ask(path: string, body: Act | undefined, ids: readonly string[], fields: (id: string) => Fields | undefined, told: Told): Promise<Done | null> {
  const turn = begin(ids, fields);
  try {
    const answer = await post<Done>(path, body, { key: newKey(), signal: AbortSignal.timeout(ANSWER_MS) });
    const refused = new Map(answer.refused.map((r) => [r.id, said(r.why)]));
    // The rows are told before the mark goes, so that none shows in between what it was.
    told.done(ids.filter((id) => !refused.has(id)), fields);
    end(turn, ids, refused);
    const first = answer.refused[0];
    if (first) toast(t('alerts.refused', { n: answer.refused.length, why: said(first.why) }), { bad: true });
    return answer;
  } catch (error) {
    const why = reasonOf(error as Error);
    end(turn, ids, new Map(ids.map((id) => [id, why])));
    toast(t('alerts.failed', { n: ids.length, why }), { bad: true });
    return null;
  }
}

export async function act(what: Act, told: Told): Promise<boolean> {
  const before = new Map(what.ids.map((id) => [id, told.known(id)]));
  const fields = wanted(what);
  const answer = await ask('/alerts/actions', what, what.ids, () => fields, told);
  if (!answer) return false;
  const undo = (): void => {
    // Back to what was known before, of what this changed.
    const back = (id: string): Fields | undefined => {
      const was = before.get(id);
      return was && Object.fromEntries(Object.keys(fields).map((name) => [name, was[name as keyof Fields]])) as Fields;
    };
    const refused = new Set(answer.refused.map((r) => r.id));
    void ask(`/alerts/actions/${answer.action_id}/undo`, undefined, what.ids.filter((id) => !refused.has(id)), back, told).then((done) => {
      if (done) toast(t('alerts.undone', { n: done.changed }));
    });
  };
  if (answer.changed > 0 || answer.refused.length === 0) toast(t(`alerts.did.${what.action}`, { n: answer.changed }), answer.undo_until && answer.changed > 0 ? { undo } : {});
  return true;
}

/** Closing needs a reason; false positives are what a rule's precision is counted by. */
export function CloseDialog({ ids, told, onClose }: { ids: string[]; told: Told; onClose: () => void }) {
  const [reason, setReason] = useState<string>(REASONS[0]);
  const [text, setText] = useState('');
  return (
    <Dialog title={t('alerts.close.title', { n: ids.length })} onClose={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); onClose(); void act({ action: 'close', ids, reason, ...(text ? { text } : {}) }, told); }}>
        <Select label={t('alerts.close.reason')} name="reason" value={reason} options={REASONS.map((r) => [r, t(`alerts.reason.${r}`)] as const)} onChange={(event) => setReason(event.currentTarget.value)} />
        <TextArea label={t('alerts.note')} name="text" optional value={text} maxLength={4000} onInput={(event) => setText(event.currentTarget.value)} />
        <p class="actions"><button type="submit" class="btn pri">{t('alerts.do.close')}</button><button type="button" class="btn" onClick={onClose}>{t('do.cancel')}</button></p>
      </form>
    </Dialog>
  );
}
