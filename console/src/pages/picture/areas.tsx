// The areas as tiles, a mark an organisation: equal tiles, so that a large rural area does not
// outweigh a city. The same as a table for whoever prefers words.
import { useState } from 'preact/hooks';
import { linkAt } from '../../core/asof';
import { number, short, visible } from '../../core/format';
import { t, tword } from '../../core/messages';
import { StateGlyph, StateMark } from '../../ui/marks';
import { STATES, rank, type Area, type Member } from './types';

const STEP = 13;
const PER_ROW = 12;

const worst = (area: Area): string => STATES.find((s) => area.states[s]) ?? 'unknown';
const named = (area: Area): string => visible(area.name || area.code || t('picture.area.none'));
const said = (area: Area): string =>
  STATES.filter((s) => area.states[s]).map((s) => `${number(area.states[s]!)} ${t(`picture.n.${s}`, { n: area.states[s]! })}`).join(', ');
const listed = (area: Area, state: string | null, role: string): string =>
  linkAt(`/organisations?${new URLSearchParams({ ...(area.code ? { region: area.code } : {}), ...(state ? { state } : {}), ...(role ? { role } : {}) }).toString()}`);

function Marks({ members }: { members: Member[] }) {
  const sorted = [...members].sort((a, b) => rank(a.state) - rank(b.state) || a.code.localeCompare(b.code));
  const rows = Math.ceil(sorted.length / PER_ROW);
  return (
    <svg class="marks" viewBox={`0 0 ${PER_ROW * STEP} ${rows * STEP}`} width={PER_ROW * STEP} height={rows * STEP} aria-hidden="true">
      {sorted.map((m, i) => <StateGlyph key={m.code} state={m.state} x={(i % PER_ROW) * STEP} y={Math.floor(i / PER_ROW) * STEP} />)}
    </svg>
  );
}

/** Arrow keys go from tile to tile; only one of them is in the order of Tab. */
function Tiles({ areas, picked, pick }: { areas: Area[]; picked: string; pick: (code: string) => void }) {
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -areas.length, End: areas.length }[event.key];
    if (!by) return;
    event.preventDefault();
    const from = areas.findIndex((a) => a.code === picked);
    const next = areas[Math.min(areas.length - 1, Math.max(0, from + by))]!;
    pick(next.code);
    document.getElementById(`tile-${next.code}`)?.focus();
  };
  return (
    <div class="tiles" role="group" aria-label={t('picture.map.label')} onKeyDown={onKeyDown}>
      {areas.map((a) => (
        <button type="button" key={a.code} id={`tile-${a.code}`} class={`tile t-${worst(a)}`} aria-pressed={a.code === picked}
          tabIndex={a.code === picked ? 0 : -1} onClick={() => pick(a.code)}>
          <span class="tn">{named(a)}</span><span class="tc">{number(a.organisations.length)}<span class="vh"> {t('picture.tile', { said: said(a) })}</span></span>
          <Marks members={a.organisations} />
        </button>))}
    </div>
  );
}

function Table({ areas, role }: { areas: Area[]; role: string }) {
  const states = STATES.filter((s) => areas.some((a) => a.states[s]));
  return (
    <div class="tablewrap" tabIndex={0} role="group" aria-label={t('picture.map')}>
      <table class="list">
        <thead><tr><th scope="col">{t('picture.area')}</th>{states.map((s) => <th scope="col" key={s}>{tword('orgstate', s)}</th>)}</tr></thead>
        <tbody>
          {areas.map((a) => (
            <tr key={a.code}><th scope="row">{named(a)}</th>
              {states.map((s) => <td key={s} class="n">{a.states[s] ? <a href={listed(a, s, role)}>{number(a.states[s]!)}</a> : '0'}</td>)}
            </tr>))}
        </tbody>
      </table>
    </div>
  );
}

const SHOWN = 7;
function Card({ area, role }: { area: Area; role: string }) {
  const first = [...area.organisations].filter((m) => m.state !== 'clear' && m.state !== 'unknown').sort((a, b) => rank(a.state) - rank(b.state) || (b.since ?? '').localeCompare(a.since ?? ''));
  return (
    <div class="areacard">
      <h3><a href={listed(area, null, role)}>{named(area)}</a><span>{said(area)}</span></h3>
      {first.length ? (
        <ul>{first.slice(0, SHOWN).map((m) => (
          <li key={m.code}><StateMark state={m.state} label={false} /><a href={linkAt(`/organisations/${m.code}`)}>{visible(m.name || m.code)}</a>
            <span class="st">{tword('orgstate', m.state)} {m.since && m.claim ? <a href={`/claims/${m.claim}`}>{short(m.since)}</a> : null}</span></li>))}
        </ul>) : <p class="none">{t('picture.area.quiet')}</p>}
      {first.length > SHOWN ? <p class="rest"><a href={listed(area, null, role)}>{t('picture.area.more', { n: first.length - SHOWN })}</a></p> : null}
    </div>
  );
}

export function Areas({ areas, role }: { areas: Area[]; role: string }) {
  const [table, setTable] = useState(false);
  const order = [...areas].sort((a, b) => (a.name ? 0 : 1) - (b.name ? 0 : 1) || a.name.localeCompare(b.name));
  const gravest = [...order].sort((a, b) => rank(worst(a)) - rank(worst(b)) || (b.states[worst(b)] ?? 0) - (a.states[worst(a)] ?? 0))[0];
  const [picked, pick] = useState<string | null>(null);
  const shown = order.find((a) => a.code === picked) ?? gravest;
  const totals = STATES.map((s) => [s, areas.reduce((n, a) => n + (a.states[s] ?? 0), 0)] as const).filter(([, n]) => n > 0);
  if (!shown) return <p class="none pad">{t('picture.area.empty')}</p>;
  return (
    <>
      <ul class="legend">{totals.map(([s, n]) => <li key={s}><StateMark state={s} label={false} /><a href={linkAt(`/organisations?state=${s}${role ? `&role=${role}` : ''}`)}><b>{number(n)}</b> {t(`picture.n.${s}`, { n })}</a></li>)}
        <li class="as"><button type="button" class="btn sm" aria-pressed={table} onClick={() => setTable(!table)}>{t('picture.astable')}</button></li></ul>
      {table ? <Table areas={order} role={role} /> : <><Tiles areas={order} picked={shown.code} pick={pick} /><Card area={shown} role={role} /></>}
    </>
  );
}
