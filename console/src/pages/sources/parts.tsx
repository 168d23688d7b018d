// What both pages about sources show alike.
import { number } from '../../core/format';
import { t, tword } from '../../core/messages';
import { sum, type Source } from './types';

export function State({ state }: { state: Source['state'] }) {
  return state.startsWith('unknown')
    ? <span class="silent"><i class="hatch" aria-hidden="true" />{tword('sources.word', state)}</span>
    : <span class={state === 'heard' ? 'tag on' : 'tag off'}>{tword('sources.word', state)}</span>;
}

/** Why records were refused or shed: the ledger's word in the person's. */
export const why = (reason: string): string => {
  const text = tword('sources.why', reason);
  return text === reason || text === `sources.why.${reason}` ? reason : text;
};

/** A count with its reasons; what was lost stands out. */
export function Lost({ counts }: { counts: Readonly<Record<string, number>> }) {
  const all = sum(counts);
  return all === 0 ? <span class="none">0</span> : <span class="lost" title={reasons(counts)}>{number(all)}</span>;
}
export const reasons = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts).map(([reason, n]) => t('sources.reason', { reason: why(reason), n })).join(', ');
