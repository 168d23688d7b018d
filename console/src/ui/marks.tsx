// Severity and state: shape and colour and word, so that none of them alone has to be seen.
import { marking } from '../core/api';
import { t, tword } from '../core/messages';

export type Level = 'critical' | 'high' | 'medium' | 'low' | 'informational' | 'none';
const SHAPES = {
  critical: <path d="M7 0l7 7-7 7-7-7z" />,
  high: <path d="M7 .6L13.6 13H.4z" />,
  medium: <rect x="1.4" y="1.4" width="11.2" height="11.2" />,
  low: <circle cx="7" cy="7" r="5.6" />,
  informational: <circle cx="7" cy="7" r="4.8" fill="none" stroke-width="1.8" class="st" />,
  none: <path d="M2 7h10" fill="none" stroke-width="2" class="st" />,
};

/** Its word is there for all, unless `label` is false: then for screen readers only. */
export function SeverityMark({ level, label = true }: { level: string; label?: boolean }) {
  const known = (level in SHAPES ? level : 'none') as Level;
  return (
    <span class={`sev sev-${known}`}>
      <svg width="12" height="12" viewBox="0 0 14 14" aria-hidden="true">{SHAPES[known]}</svg>
      <span class={label ? undefined : 'vh'}>{tword('severity', level)}</span>
    </span>
  );
}

/** Glyph of an organisation's state in a box of 12, for maps too. The four brackets mean "cut
 * itself off" and "contained", and nothing else. */
export function StateGlyph({ state, x = 0, y = 0 }: { state: string; x?: number; y?: number }) {
  const at = `translate(${x} ${y})`;
  switch (state) {
    case 'clear':
    case 'recovered':
      return <circle class="g-clear" transform={at} cx="6" cy="6" r="3.1" />;
    case 'exposed':
      return <path class="g-exposed" transform={at} d="M6 1.2L11 10.6H1z" />;
    case 'contacted':
      return <g class="g-contacted" transform={at}><path class="o" d="M6 .9L11.1 6 6 11.1.9 6z" /><path class="f" d="M6 .9V11.1L.9 6z" /></g>;
    case 'infected':
      return <path class="g-infected" transform={at} d="M6 0l6 6-6 6-6-6z" />;
    case 'disrupted':
      return <rect class="g-disrupted" transform={at} x="1.2" y="1.2" width="9.6" height="9.6" />;
    case 'disconnected':
      return <g class="g-cordoned" transform={at}><path d="M.8 4V.8H4M8 .8h3.2V4M11.2 8v3.2H8M4 11.2H.8V8" /></g>;
    case 'contained':
      return <g class="g-cordoned" transform={at}><path d="M.8 4V.8H4M8 .8h3.2V4M11.2 8v3.2H8M4 11.2H.8V8" /><rect x="3.4" y="3.4" width="5.2" height="5.2" /></g>;
    default:
      return <g class="g-unknown" transform={at}><circle cx="6" cy="6" r="4.4" /><path d="M3 9L9 3" /></g>;
  }
}

export function StateMark({ state, label = true }: { state: string; label?: boolean }) {
  return (
    <span class="statemark">
      <svg width="14" height="14" viewBox="0 0 12 12" aria-hidden="true"><StateGlyph state={state} /></svg>
      <span class={label ? undefined : 'vh'}>{tword('orgstate', state)}</span>
    </span>
  );
}

/** How sure a figure is: solid, thin or dotted line below its word. */
export function Basis({ basis }: { basis: string | null | undefined }) {
  return basis ? <span class={`basis b-${basis}`}>{tword('basis', basis)}</span> : null;
}

export function Wordmark() {
  return (
    <span class="wordmark">
      <svg width="22" height="22" viewBox="0 0 24 24" aria-hidden="true">
        <path d="M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5" fill="none" stroke="#ffd400" stroke-width="2.6" /><circle cx="12" cy="12" r="2.8" fill="currentColor" />
      </svg>Cordon
    </span>
  );
}

/** How what is shown may be passed on. */
export function Marking() {
  return marking.value ? <span class="marking"><span class="vh">{t('app.marking')} </span>{marking.value}</span> : null;
}
