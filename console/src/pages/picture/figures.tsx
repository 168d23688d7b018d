// A figure as a line: the number with its unit, its fraction, range and basis, and the way to
// the claims behind it.
import { amount, short } from '../../core/format';
import { t } from '../../core/messages';
import { linkAt } from '../../core/asof';
import { langOf, said } from '../../core/said';
import { Basis } from '../../ui/marks';

export interface Stated { amount: string; unit: string; claimant: string; at?: string; claim: string }
export interface Figure {
  id: string; title: string; definition: string; value: string | null; unit: string;
  of?: string; of_what?: string; share?: string; basis: string | null; lowest?: string; highest?: string;
  known_at?: string; about?: string; from?: string; to?: string; expected: number; reporting: number; note?: string;
  parts: { name: string; value: string }[]; stated: Stated[]; claim_count: number;
  items?: { what: string; part: string; amount: string; claim: string }[]; claims?: string[];
}


/** Where the range lies, all rows on one relative scale: 0.6 to 1.6 times the number. */
function Range({ of }: { of: Figure }) {
  const mid = Number(of.value);
  const place = (text: string): number => 3 + Math.min(1, Math.max(0, Number(text) / mid - 0.6)) * 94;
  if (!of.lowest || !of.highest || !(mid > 0) || of.lowest === of.highest) return null;
  return (
    <span class="rgx">
      <span>{amount(of.lowest)}<span class="vh"> {t('picture.to')} </span></span>
      <svg class="rng" viewBox="0 0 100 16" aria-hidden="true">
        <line x1="3" x2="97" y1="8" y2="8" class="ax" />
        <rect x={place(of.lowest)} y="4.5" width={Math.max(2, place(of.highest) - place(of.lowest))} height="7" class="ci" />
        <circle cx={place(of.value!)} cy="8" r="3.6" class="pt" />
      </svg>
      <span>{amount(of.highest)}</span>
    </span>
  );
}

const UNITS = ['organisations', 'hospitals', 'days', 'appointments', 'admissions', 'devices'] as const;
function unitOf(of: Figure): string {
  const unit = UNITS.find((u) => u === of.unit);
  return unit ? t(`picture.unit.${unit}`, { n: Number(of.value) }) : of.unit;
}
/** "16.5 %" as the person writes it, in one piece. */
const shareOf = (text: string): string => text.replace(/^[\d.]+/, amount).replace(' ', '\u00a0');

export function FigureValue({ of }: { of: Figure }) {
  if (of.value === null) return <span class="unsaid"><i class="hatch" aria-hidden="true" /> {t('picture.notknown')}</span>;
  return (
    <>
      <b class="big">{amount(of.value)}</b> <span class="unit">{unitOf(of)}</span>
      {of.of ? <span class="share">{t('picture.of', { n: amount(of.of) })}{of.share ? ` (${shareOf(of.share)})` : ''}</span> : null}
    </>
  );
}

export function FigureRows({ figures }: { figures: readonly Figure[] }) {
  return (
    <table class="led">
      <thead><tr><th scope="col">{t('picture.figure')}</th><th scope="col">{t('picture.count')}</th><th scope="col">{t('picture.range')}</th><th scope="col">{t('picture.basis')}</th></tr></thead>
      <tbody>
        {figures.map((f) => (
          <tr key={f.id}>
            <th scope="row"><a href={linkAt(`/figures/${f.id}`)} lang={langOf(f.title)}>{said(f.title)}</a></th>
            <td><FigureValue of={f} /></td>
            <td class="rg"><Range of={f} /></td>
            <td class="t"><Basis basis={f.basis} /> {f.known_at ? short(f.known_at) : ''}</td>
          </tr>))}
      </tbody>
    </table>
  );
}
