// What is done to alerts: one request for all of them, and undo while the server allows it.
import { useState } from 'preact/hooks';
import { newKey, post } from '../../core/api';
import { t } from '../../core/messages';
import { Dialog } from '../../ui/dialog';
import { Select, TextArea } from '../../ui/form';
import { toast } from '../../ui/toast';
import { REASONS } from './types';

export type Verb = 'acknowledge' | 'start' | 'close' | 'reopen' | 'assign' | 'note';
export interface Act { action: Verb; ids: string[]; owner?: string; reason?: string; text?: string }
interface Done { action_id: string; changed: number; refused: { id: string; why: string }[]; undo_until: string | null }

/** Does it, tells of it, and calls `done` when the queue shows it; undo calls it again. */
export async function act(what: Act, done: () => void): Promise<void> {
  try {
    const answer = await post<Done>('/alerts/actions', what, { key: newKey() });
    const undo = (): void => {
      post<Done>(`/alerts/actions/${answer.action_id}/undo`).then((back) => {
        toast(t('alerts.undone', { n: back.changed }));
        done();
      }, (error: Error) => toast(error.message, { bad: true }));
    };
    toast(t(`alerts.did.${what.action}`, { n: answer.changed }), answer.undo_until && answer.changed > 0 ? { undo } : {});
    const refused = answer.refused[0];
    if (refused) toast(t('alerts.refused', { n: answer.refused.length, why: refused.why }), { bad: true });
    done();
  } catch (error) {
    toast((error as Error).message, { bad: true });
  }
}

/** Closing needs a reason; false positives are what a rule's precision is counted by. */
export function CloseDialog({ ids, done, onClose }: { ids: string[]; done: () => void; onClose: () => void }) {
  const [reason, setReason] = useState<string>(REASONS[0]);
  const [text, setText] = useState('');
  return (
    <Dialog title={t('alerts.close.title', { n: ids.length })} onClose={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); onClose(); void act({ action: 'close', ids, reason, ...(text ? { text } : {}) }, done); }}>
        <Select label={t('alerts.close.reason')} name="reason" value={reason} options={REASONS.map((r) => [r, t(`alerts.reason.${r}`)] as const)} onChange={(event) => setReason(event.currentTarget.value)} />
        <TextArea label={t('alerts.note')} name="text" optional value={text} maxLength={4000} onInput={(event) => setText(event.currentTarget.value)} />
        <p class="actions"><button type="submit" class="btn pri">{t('alerts.do.close')}</button><button type="button" class="btn" onClick={onClose}>{t('do.cancel')}</button></p>
      </form>
    </Dialog>
  );
}
