// What both pages about sources show alike.
import { number } from '../../core/format';
import { t, tword } from '../../core/messages';
import { sum, type Source } from './types';

export function State({ state }: { state: Source['state'] }) {
  return state.startsWith('unknown')
    ? <span class="silent"><i class="hatch" aria-hidden="true" />{tword('sources.word', state)}</span>
    : <span class={state === 'heard' ? 'tag on' : 'tag off'}>{tword('sources.word', state)}</span>;
}

/** A count with its reasons; what was lost stands out. */
export function Lost({ counts }: { counts: Readonly<Record<string, number>> }) {
  const all = sum(counts);
  const why = Object.entries(counts).map(([reason, n]) => t('sources.reason', { reason, n })).join(', ');
  return all === 0 ? <span class="none">0</span> : <span class="lost" title={why}>{number(all)}</span>;
}
export const reasons = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts).map(([reason, n]) => t('sources.reason', { reason, n })).join(', ');
