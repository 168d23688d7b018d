// The as-of strip: the same on every page that shows state over time. Moving it shows the
// page as it was known then; the time is in the address (`at`).
import { useEffect, useRef, useState } from 'preact/hooks';
import { Minus } from 'lucide';
import { at, setAt } from '../core/asof';
import { day, dayMonth, full, minute, second, zoneName } from '../core/format';
import { t } from '../core/messages';
import { useNow } from '../core/resource';
import { Icon } from './icon';

/** Something that changed: `kind` chooses the colour. */
export interface Mark { time: string; label: string; kind?: 'incident' | 'state' | 'advisory' | 'other' }
const HOUR = 3600_000;
const MINUTE = 60_000;

/**
 * `hours` before the end are on the strip; the end is now, or `until` (of an exercise that
 * plays the past). What is older is reached by the field behind the time.
 */
export function AsOf({ marks = [], hours = 24, until }: { marks?: readonly Mark[]; hours?: number; until?: number | undefined }) {
  const clock = useNow(1000);
  const end = until ?? clock;
  const chosen = at.value ? Date.parse(at.value) : null;
  const span = hours * HOUR;
  // A time before the strip moves the strip.
  const right = chosen !== null && chosen < end - span ? chosen + span / 2 : end;
  const left = right - span;
  const shown = chosen ?? end;
  const x = (time: number): string => `${Math.min(100, Math.max(0, ((time - left) / span) * 100))}%`;
  const [draft, setDraft] = useState<number | null>(null);
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  // The knob follows at once, the page when it rests.
  const move = (time: number): void => {
    setDraft(time);
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => {
      setAt(time >= end - MINUTE ? null : Math.round(time / MINUTE) * MINUTE);
      setDraft(null);
    }, 120);
  };
  const knob = draft ?? shown;
  const every = hours <= 6 ? HOUR : hours <= 30 ? 3 * HOUR : hours <= 72 ? 12 * HOUR : 24 * HOUR * Math.ceil(hours / 24 / 7);
  const labels: number[] = [];
  for (let time = Math.ceil(left / every) * every; time < right - span / 40; time += every) labels.push(time);
  return (
    <section class="asof" aria-label={t('asof.label')}>
      <div class="asof-l">
        <button type="button" class={chosen === null ? 'live on' : 'live'} aria-pressed={chosen === null} onClick={() => setAt(null)}>
          <i aria-hidden="true" />{chosen === null ? t('asof.live') : t('asof.return')}
        </button>
        <button type="button" class="btn sm" onClick={() => setAt(shown - HOUR)}><Icon of={Minus} size={14} />{t('asof.back')}<span class="vh"> {t('asof.back.label')}</span></button>
      </div>
      <div class="asof-track">
        <svg class="asof-svg" preserveAspectRatio="none" aria-hidden="true">
          <defs><pattern id="asof-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V6" class="hx" /></pattern></defs>
          {labels.map((time) => <line key={time} x1={x(time)} x2={x(time)} y1="16" y2="27" class="tick" />)}
          {right === end ? <rect x={x(end - 15 * MINUTE)} y="3" width={`${(15 * MINUTE / span) * 100}%`} height="24" fill="url(#asof-hatch)" /> : null}
          <line x1="0" x2="100%" y1="27" y2="27" class="base" />
          {marks.map((m) => ({ ...m, ms: Date.parse(m.time) })).filter((m) => m.ms >= left && m.ms <= right).map((m, i) => (
            <g key={i} class={`ev ev-${m.kind ?? 'other'}`}><title>{`${minute(m.ms)} ${m.label}`}</title><line x1={x(m.ms)} x2={x(m.ms)} y1="9" y2="27" /><circle cx={x(m.ms)} cy="8" r="4" /></g>))}
        </svg>
        {labels.map((time) => <span key={time} class="lab" style={{ left: x(time) }}>{hours > 72 ? dayMonth(time) : minute(time)}</span>)}
        <span class="knob" style={{ left: x(knob) }} aria-hidden="true" />
        <input type="range" min={0} max={hours * 60} step={1} value={Math.round((knob - left) / MINUTE)} aria-label={t('asof.slider')}
          aria-valuetext={chosen === null && draft === null ? t('asof.live') : full(knob)} onInput={(event) => move(left + Number(event.currentTarget.value) * MINUTE)} />
      </div>
      <div class="asof-r">
        <span class="now">{chosen === null && draft === null ? second(end) : minute(knob)}<small> {zoneName(knob)}{chosen === null && draft === null ? '' : `, ${t('asof.then')}`}</small></span>
        <span class="hatchkey">{chosen === null ? <><i class="hatch" aria-hidden="true" />{t('asof.incomplete')}</> : day(knob)}</span>
      </div>
    </section>
  );
}
