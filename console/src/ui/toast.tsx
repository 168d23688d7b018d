// What was just done, with undo while it can be undone. Said to screen readers, too.
import { signal } from '@preact/signals';
import { X } from 'lucide';
import { t } from '../core/messages';
import { langOf } from '../core/said';
import { Icon } from './icon';

interface Toast { id: number; text: string; bad: boolean; undo: (() => void) | undefined }
const toasts = signal<readonly Toast[]>([]);
let count = 0;
const UNDO_MS = 10000;
const READ_MS = 6000;

const drop = (id: number): void => { toasts.value = toasts.value.filter((x) => x.id !== id); };

export function toast(text: string, options: { bad?: boolean; undo?: () => void } = {}): void {
  const id = ++count;
  toasts.value = [...toasts.value.slice(-2), { id, text, bad: options.bad ?? false, undo: options.undo }];
  // What failed stays until it was read.
  if (!options.bad) setTimeout(() => drop(id), options.undo ? UNDO_MS : READ_MS);
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((one) => (
        <div key={one.id} class={one.bad ? 'toast bad' : 'toast'}>
          <span lang={langOf(one.text)}>{one.text}</span>
          {one.undo ? <button type="button" class="btn sm inv" onClick={() => { drop(one.id); one.undo?.(); }}>{t('do.undo')}</button> : null}
          <button type="button" class="tbx" aria-label={t('do.dismiss')} onClick={() => drop(one.id)}><Icon of={X} size={14} /></button>
        </div>))}
    </div>
  );
}
