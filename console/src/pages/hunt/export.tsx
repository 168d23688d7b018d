// A hunt's rows as a file. It says first what it is and how much of all; that it was exported is told
// to the audit.
import { useState } from 'preact/hooks';
import { marking, postFile } from '../../core/api';
import { number } from '../../core/format';
import { t } from '../../core/messages';
import { saveAs } from '../../core/save';
import { Dialog } from '../../ui/dialog';
import { Select, Summary, TextArea, useForm } from '../../ui/form';
import { toast } from '../../ui/toast';
import type { Hunt } from './types';

const MARKINGS = ['TLP:CLEAR', 'TLP:GREEN', 'TLP:AMBER', 'TLP:AMBER+STRICT', 'TLP:RED'];
const FORMATS = ['csv', 'jsonl'] as const;
export const KEEP_MAX = 10000;

/** "1,000 of 48,211 rows": of a table it is not known how many there would be. */
export function howMuch(hunt: Hunt, matched: number | undefined, table: boolean): string {
  if (!hunt.cut) return t('hunt.export.all', { n: hunt.rows });
  return table || matched === undefined ? t('hunt.export.more', { n: number(hunt.rows) }) : t('hunt.export.some', { n: number(hunt.rows), of: number(matched) });
}

export function Export({ hunt, matched, table, onMore, onClose }: { hunt: Hunt; matched: number | undefined; table: boolean; onMore: (() => void) | null; onClose: () => void }) {
  const [format, setFormat] = useState<(typeof FORMATS)[number]>('csv');
  const form = useForm(async (data) => {
    const file = await postFile(`/hunts/${hunt.id}/export`, { format, marking: data['marking'], reason: data['reason']!.trim() });
    saveAs(file.blob, file.name || `hunt.${format}`);
    toast(t('hunt.export.done', { name: file.name }));
    onClose();
  });
  const first = MARKINGS.includes(marking.value) ? marking.value : 'TLP:AMBER+STRICT';
  return (
    <Dialog title={t('hunt.export.title')} onClose={onClose}>
      <form onSubmit={form.submit} noValidate>
        <Summary faults={form.faults} />
        <p class={hunt.cut ? 'notice warn howmuch' : 'howmuch'}><b>{howMuch(hunt, matched, table)}</b>{hunt.cut ? <> {t('hunt.export.newest')}</> : null}
          {hunt.cut && onMore ? <button type="button" class="btn sm" onClick={onMore}>{t('hunt.export.keep', { n: number(KEEP_MAX) })}</button> : null}</p>
        {hunt.state === 'done' ? null : <p class="notice warn">{t(hunt.state === 'cancelled' ? 'hunt.state.cancelled' : 'hunt.state.failed')}</p>}
        <fieldset class="choice"><legend>{t('hunt.export.format')}</legend>
          {FORMATS.map((f) => <label key={f}><input type="radio" name="format" value={f} checked={format === f} onChange={() => setFormat(f)} /> <span><b>{t(`hunt.export.${f}`)}</b> <span class="none">{t(`hunt.export.${f}.text`)}</span></span></label>)}
        </fieldset>
        <Select label={t('hunt.export.marking')} name="marking" value={first} options={MARKINGS.map((m) => [m, m] as const)} fault={form.faults['marking']} />
        <TextArea label={t('hunt.export.reason')} hint={t('hunt.export.reason.hint')} name="reason" rows={2} maxLength={400} fault={form.faults['reason']} />
        <p class="none">{t('hunt.export.withheld')}</p>
        <p class="actions"><button type="submit" class="btn pri" disabled={form.busy}>{t('hunt.export')}</button><button type="button" class="btn" onClick={onClose}>{t('do.cancel')}</button></p>
      </form>
    </Dialog>
  );
}
