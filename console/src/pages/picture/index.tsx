// The national picture: one sentence, the map, what it means for care, what changed; as known
// at any time. Every number leads to the claims behind it.
import { useEffect, useMemo, useState } from 'preact/hooks';
import { at, linkAt, setAt } from '../../core/asof';
import { now } from '../../core/clock';
import { decimal, minute, short, visible } from '../../core/format';
import { useKeys } from '../../core/keyboard';
import { t, tword, type Key } from '../../core/messages';
import { useResource } from '../../core/resource';
import { query, setQuery } from '../../core/router';
import { may } from '../../core/session';
import { AsOf } from '../../ui/asof';
import { Chart, axisFont, css, hatch } from '../../ui/chart';
import { StateMark } from '../../ui/marks';
import { Org } from '../../ui/org';
import { Partial, View } from '../../ui/states';
import { Areas } from './areas';
import { FigureRows } from './figures';
import type { Picture, Series } from './types';

const REFRESH_MS = 5000;
const MINUTE = 60_000;

function Sentence({ of }: { of: Picture }) {
  const role = of.role ? `&role=${of.role}` : '';
  const quiet = new Set(['clear', 'unknown', 'recovered']);
  const loud = of.sentence.numbers.filter((n) => !quiet.has(n.name));
  const unknown = of.sentence.numbers.find((n) => n.name === 'unknown');
  const link = (name: string, value: number) => (
    <a class={`s-${name}`} href={linkAt(`/organisations?state=${name}${role}`)}>{t(`picture.say.${name}` as Key, { n: value })}</a>);
  return (
    <p class="say">
      {loud.length === 0 ? of.sentence.of === 0 ? t('picture.say.none') : t(of.sentence.key === 'unknown' ? 'picture.say.nothing' : 'picture.say.quiet', { of: of.sentence.of }) : null}
      {loud.map((n, i) => <>{i === 0 ? '' : i === loud.length - 1 ? t('picture.and') : ', '}{link(n.name, n.value)}</>)}
      {loud.length > 0 ? t('picture.say.of', { of: of.sentence.of }) : null}
      {unknown ? <> {link('unknown', unknown.value)}{t('picture.say.so')}</> : null}
    </p>
  );
}

function Facts({ of }: { of: Picture }) {
  return (
    <dl class="facts">
      <div><dt>{t('picture.incident')}</dt><dd>{of.incident ? <a href={linkAt(`/incidents/${encodeURIComponent(of.incident)}`)}>{visible(of.incident)}</a> : t('picture.incident.none')}{of.incident_since ? ` ${t('picture.since', { time: short(of.incident_since) })}` : ''}</dd></div>
      <div><dt>{t('picture.reporting')}</dt><dd>{t('picture.reporting.of', { n: of.completeness.reporting, of: of.completeness.expected })}</dd></div>
    </dl>
  );
}

function Changes({ of }: { of: Picture }) {
  return (
    <section class="panel" aria-labelledby="h-log">
      <header><h2 id="h-log">{t('picture.changes')}</h2></header>
      {of.changes.length === 0 ? <p class="none pad">{t('picture.changes.none')}</p> : (
        <ol class="log">{of.changes.slice(0, 12).map((c) => (
          <li key={c.claim}><a class="lt" href={`/claims/${c.claim}`}><time dateTime={c.time}>{minute(c.time)}</time></a>
            <p>{c.state && c.kind.startsWith('status') ? <StateMark state={c.state} label={false} /> : null}
              {c.organisation ? <a href={linkAt(`/organisations/${c.organisation}`)}><b>{visible(c.name ?? c.organisation)}</b></a> : <b>{c.subject.startsWith('site:') ? <Org code={c.subject.slice(5)} /> : visible(c.subject)}</b>}{' '}
              {c.state && c.kind.startsWith('status') ? tword('orgstate', c.state) : tword('claimkind', c.kind)}
              {c.text ? <span class="none"> {visible(c.text)}</span> : null}</p></li>))}
        </ol>)}
    </section>
  );
}

interface Cluster { id: string; technique: string; title: string; first: string; patient_zero?: { host?: string; address?: string; organisation?: string }; organisations: number; hosts: number; rate_hosts_per_minute: string; state: string }
const SPREAD_SHOWN = 4;
/** What grows first, then what took the most machines: a worm stands above what was tried twice. */
const bySize = (a: Cluster, b: Cluster): number => Number(b.state === 'growing') - Number(a.state === 'growing') || b.hosts - a.hosts || a.first.localeCompare(b.first);
function Spread() {
  const [whole, setWhole] = useState(false);
  const spread = useResource<{ items: Cluster[] }>(may('findings.read') ? '/spread' : null, { at: at.value, limit: 200 });
  useEvery(spread.reload);
  if (!may('findings.read')) return null;
  return (
    <section class="panel" aria-labelledby="h-spread">
      <header><h2 id="h-spread">{t('picture.spread')}</h2>
        {spread.data && spread.data.items.length > SPREAD_SHOWN ? <button type="button" class="lnk more" aria-expanded={whole} onClick={() => setWhole(!whole)}>{t('picture.all.n', { n: spread.data.items.length })}</button> : null}</header>
      <View of={spread} what={t('picture.spread')} lines={3}>
        {(page) => (page.items.length === 0 ? <p class="none pad">{t('picture.spread.none')}</p> : (
          <ol class="inc">{[...page.items].sort(bySize).slice(0, whole ? undefined : SPREAD_SHOWN).map((c) => (
            <li key={c.id} class={c.state === 'growing' ? 'i-critical' : 'i-medium'}>
              <div class="inc-h"><a href={linkAt(`/spread/${c.id}`)}>{visible(c.title)}</a></div>
              <p>{t('picture.spread.line', { hosts: c.hosts, organisations: c.organisations, rate: decimal(Number(c.rate_hosts_per_minute)) })}</p>
              <div class="meta"><span class="mono">{c.technique}</span>
                {c.patient_zero ? <span>{t('picture.spread.zero')} <span class="mono">{visible(c.patient_zero.host || c.patient_zero.address || '')}</span></span> : null}
                <span>{t('picture.since', { time: short(c.first) })}</span><span class="upd">{t(c.state === 'growing' ? 'picture.growing' : 'picture.quiet')}</span></div>
            </li>))}
          </ol>))}
      </View>
    </section>
  );
}

interface Incident { id: string; title: string; severity: string; declared: string; organisation_count: number; commander_name?: string; next_decision?: string }
function Incidents() {
  const open = useResource<{ items: Incident[] }>(may('incidents.read') ? '/incidents' : null, { state: 'open', at: at.value, limit: 200 });
  useEvery(open.reload);
  if (!may('incidents.read')) return null;
  return (
    <section class="panel" aria-labelledby="h-inc">
      <header><h2 id="h-inc">{t('picture.incidents')}</h2><a class="more" href={linkAt('/incidents')}>{open.data ? t('picture.all.n', { n: open.data.items.length }) : t('picture.all')}</a></header>
      <View of={open} what={t('picture.incidents')} lines={3}>
        {(page) => (page.items.length === 0 ? <p class="none pad">{t('picture.incidents.none')}</p> : (
          <ol class="inc">{page.items.slice(0, 4).map((i) => (
            <li key={i.id} class="i-critical"><div class="inc-h"><a href={linkAt(`/incidents/${i.id}`)}>{visible(i.title || i.id)}</a></div>
              {i.next_decision ? <p>{visible(i.next_decision)}</p> : null}
              <div class="meta"><span class="mono">{i.id}</span><span>{t('picture.organisations', { n: i.organisation_count })}</span>
                {i.commander_name ? <span>{visible(i.commander_name)}</span> : null}<span>{t('picture.since', { time: short(i.declared) })}</span></div></li>))}
          </ol>))}
      </View>
    </section>
  );
}

/** Counts step by step; the last quarter of an hour is hatched: not all of it has come yet. */
function Flow({ of, name }: { of: Series; name: string }) {
  const data = useMemo(() => {
    const start = Date.parse(of.from) / 1000;
    return [of.counts.map((_, i) => start + i * of.step_seconds), of.counts.map((n) => n / of.step_seconds)] as [number[], number[]];
  }, [of]);
  const last = data[1][data[1].length - 2] ?? 0;
  return (
    <figure><figcaption><b>{name}</b><span class="val">{decimal(last)}</span></figcaption>
      <Chart height={118} label={t('picture.flow.label', { name, n: decimal(last), most: decimal(Math.max(0, ...data[1])) })} data={data} options={() => ({
        padding: [8, 10, 0, 0], legend: { show: false }, cursor: { points: { size: 6 }, drag: { x: false, y: false } },
        scales: { x: { time: true }, y: { range: (_u, _low, high) => [0, Math.max(1, high * 1.1)] } },
        series: [{}, { stroke: css('--ink'), width: 1.8, points: { show: false }, fill: css('--area') }],
        axes: [{ font: axisFont, stroke: css('--ink-2'), grid: { show: false }, ticks: { stroke: css('--line'), size: 4 }, size: 26, space: 74, values: (_u, v) => v.map((x) => minute(x * 1000)) },
          { font: axisFont, stroke: css('--ink-2'), grid: { stroke: css('--line'), width: 1 }, ticks: { show: false }, size: 44, space: 30, values: (_u, v) => v.map((x) => decimal(x)) }],
        hooks: { draw: [(u) => {
          const end = u.data[0][u.data[0].length - 1];
          if (end === undefined || at.peek()) return;
          const left = Math.max(u.bbox.left, u.valToPos(end - 900, 'x', true));
          u.ctx.save();
          u.ctx.fillStyle = hatch(u.ctx, css('--ink-3'));
          u.ctx.globalAlpha = 0.55;
          u.ctx.fillRect(left, u.bbox.top, u.bbox.left + u.bbox.width - left, u.bbox.height);
          u.ctx.restore();
        }] },
      })} /></figure>
  );
}

/** Anew every few seconds while the page is live and seen. */
function useEvery(reload: () => void): void {
  const past = at.value !== undefined;
  useEffect(() => {
    if (past) return undefined;
    const timer = setInterval(() => { if (!document.hidden) reload(); }, REFRESH_MS);
    return () => clearInterval(timer);
  }, [past, reload]);
}

const CARE = /^(trusts\.affected|organisations\.infected|diverts|appointments|care|cost|practices|devices|regions)/;

function Whole({ of }: { of: Picture }) {
  const figures = of.figures.filter((f) => f.value !== null && f.value !== '0' && f.id !== 'trusts.total');
  const care = figures.filter((f) => CARE.test(f.id));
  const shown = (care.length >= 4 ? care : figures).slice(0, 10);
  return (
    <>
      <section class="headline" aria-labelledby="hl"><h1 id="hl" class="vh">{t('title.picture')}</h1><Sentence of={of} /><Facts of={of} /></section>
      <div class="cols">
        <section class="panel mapcol" aria-labelledby="h-map">
          <header><h2 id="h-map">{t('picture.map')}</h2>
            <div class="seg" role="group" aria-label={t('picture.role')}>
              {['', ...of.roles.map((r) => r.role).filter((r) => r === 'trust' || r === 'hospital' || r === of.role)].map((r) => (
                <button type="button" key={r} aria-pressed={of.role === r} onClick={() => setQuery({ role: r || 'all' })}>{r ? tword('orgrole', r) : t('picture.role.all')}</button>))}
            </div></header>
          <Partial expected={of.completeness.expected} reporting={of.completeness.reporting} />
          <Areas areas={of.areas} role={of.role} />
        </section>
        <div class="midcol">
          <Incidents />
          <section class="panel" aria-labelledby="h-led">
            <header><h2 id="h-led">{t('picture.figures')}</h2><a class="more" href={linkAt('/figures')}>{t('picture.all')}</a></header>
            {shown.length ? <FigureRows figures={shown} /> : <p class="none pad">{t('picture.figures.none')}</p>}
          </section>
        </div>
        <div class="rightcol"><Spread /><Changes of={of} /></div>
        {of.events_per_minute ? <div class="charts"><Flow of={of.events_per_minute} name={t('picture.events')} /></div> : null}
      </div>
    </>
  );
}

export default function PicturePage() {
  const role = query.value.get('role') ?? undefined;
  const picture = useResource<Picture>('/picture', { at: at.value, ...(role && role !== 'all' ? { role } : role ? { role: 'all' } : {}) });
  useEvery(picture.reload);
  const marks = picture.data?.marks ?? [];
  const step = (by: 1 | -1): void => {
    const here = at.peek() ? Date.parse(at.peek()!) : now();
    const times = marks.map((m) => Date.parse(m.time) + MINUTE);
    const next = by < 0 ? [...times].reverse().find((x) => x < here - MINUTE) : times.find((x) => x > here + MINUTE);
    setAt(next ?? (by > 0 ? null : here - 60 * MINUTE));
  };
  useKeys({ ',': () => step(-1), '.': () => step(1), l: () => setAt(null) }, {
    label: 'title.picture', shortcuts: [{ keys: [',', '.'], label: 'picture.keys.step' }, { keys: ['l'], label: 'picture.keys.live' }],
  });
  const exercise = picture.data?.exercise;
  const until = exercise && picture.data && !at.value ? Date.parse(picture.data.as_of) : undefined;
  return (
    <div class="picture">
      <AsOf until={until} marks={marks.map((m) => ({ time: m.time, label: t('picture.mark', { n: m.changes }), kind: 'state' as const }))} />
      {picture.data ? null : <h1 class="vh">{t('title.picture')}</h1>}
      <View of={picture} what={t('title.picture')} lines={12}>{(data) => <Whole of={data} />}</View>
    </div>
  );
}
