// One source: its ledger, why records were lost, and the last day minute by minute.
import { useEffect, useMemo } from 'preact/hooks';
import { now } from '../../core/clock';
import { ago, bytes, dayMinute, decimal, full, minute, number, visible } from '../../core/format';
import { t } from '../../core/messages';
import { usePages, useResource } from '../../core/resource';
import { variables } from '../../core/router';
import { Chart, axisFont, css, hatch } from '../../ui/chart';
import { Org } from '../../ui/org';
import { Empty, View, When } from '../../ui/states';
import { Lost, State, reasons, why } from './parts';
import { sum, type Minute, type Source } from './types';

function Ledger({ source: s }: { source: Source }) {
  const values = { received: s.received, stored: s.stored, refused: sum(s.refused), shed: sum(s.shed) };
  const good = values.received === values.stored + values.refused + values.shed;
  const cells: readonly (readonly [string, string, string])[] = [
    [t('sources.received'), number(s.received), ''], [t('sources.stored'), number(s.stored), bytes(s.bytes)],
    [t('sources.refused'), number(values.refused), reasons(s.refused)], [t('sources.shed'), number(values.shed), reasons(s.shed)], [t('sources.pending'), number(s.pending), ''],
  ];
  return (
    <>
      <p class="meta"><State state={s.state} />{s.organisation ? <Org code={s.organisation} /> : null}<span>{t('sources.last')} <When time={s.last_event} show={full} /></span><span>{t('sources.contact')} <When time={s.last_contact} show={full} /></span></p>
      {s.state.startsWith('unknown') ? <p class="notice warn"><b>{s.last_event ? t('sources.silent.since', { ago: ago(s.last_event) }) : t('sources.silent.never')}</b>{t('sources.silent.text')}</p> : null}
      <dl class="sum">{cells.map(([name, value, more]) => <div key={name}><dt>{name}</dt><dd>{value}{more ? <small>{more}</small> : null}</dd></div>)}</dl>
      <p class={good ? 'none' : 'lost'}>{t(good ? 'sources.balanced' : 'sources.unbalanced', values)}</p>
    </>
  );
}

const MINUTE_MS = 60000;
const DAY_MS = 86400000;

function Reasons({ source: s }: { source: Source }) {
  const rows = [...Object.entries(s.refused).map(([reason, n]) => [t('sources.refused'), reason, n] as const), ...Object.entries(s.shed).map(([reason, n]) => [t('sources.shed'), reason, n] as const)]
    .filter((r) => r[2] > 0).sort((a, b) => b[2] - a[2]);
  return rows.length === 0 ? null : (
    <>
      <h2>{t('sources.reasons')}</h2>
      <div class="tablewrap reasons" tabIndex={0} role="region" aria-label={t('sources.reasons')}><table class="list">
        <thead><tr><th scope="col">{t('sources.reasons.why')}</th><th scope="col">{t('sources.reasons.what')}</th><th scope="col" class="n">{t('sources.reasons.n')}</th><th scope="col" class="n">{t('sources.reasons.share')}</th></tr></thead>
        <tbody>{rows.map(([what, reason, n]) => <tr key={what + reason}><th scope="row">{why(reason)} <small class="mono none">{visible(reason)}</small></th><td>{what}</td><td class="n lost">{number(n)}</td><td class="n">{t('sources.percent', { n: decimal((100 * n) / s.received, 2) })}</td></tr>)}</tbody>
      </table></div>
    </>
  );
}

/** Each minute of the day: what came, and what of it was lost. A minute that the ledger leaves
 * out is a known nought; the time since a silent source was last heard is not, and is hatched. */
function Flow({ of, from, source }: { of: readonly Minute[]; from: string; source: Source | undefined }) {
  const start = Date.parse(from);
  const data = useMemo(() => {
    const by = new Map(of.map((m) => [Date.parse(m.minute), m]));
    const times = Array.from({ length: DAY_MS / MINUTE_MS + 1 }, (_, i) => start + i * MINUTE_MS);
    const lost = times.map((x) => { const m = by.get(x); return m ? sum(m.refused) + sum(m.shed) : 0; });
    // Nothing is drawn where nothing was lost, so that what was stands out.
    return [times.map((x) => x / 1000), times.map((x) => by.get(x)?.received ?? 0), lost.map((n, i) => (n || lost[i - 1] || lost[i + 1] ? n : null))] as [number[], number[], (number | null)[]];
  }, [of, start]);
  const silentFrom = source?.state === 'unknown: silent' && source.last_event ? Date.parse(source.last_event) / 1000 : 0;
  const [, received, lost] = data;
  return (
    <figure class="panel flow"><figcaption><i class="c-in" aria-hidden="true" />{t('sources.received')} <i class="c-lost" aria-hidden="true" />{t('sources.lost')}{silentFrom ? <> <i class="hatch" aria-hidden="true" />{t('sources.silence')}</> : null}</figcaption>
      <Chart height={150} label={t('sources.chart', { n: received.reduce((a, b) => a + b, 0), lost: lost.reduce<number>((a, b) => a + (b ?? 0), 0), most: Math.max(...received) })} data={data} options={() => ({
        padding: [8, 10, 0, 0], legend: { show: false }, cursor: { points: { size: 6 }, drag: { x: false, y: false } },
        scales: { x: { time: true }, y: { range: (_u, _low, high) => [0, Math.max(1, high * 1.1)] } },
        series: [{}, { stroke: css('--ink'), width: 1.4, points: { show: false }, fill: css('--area') }, { stroke: css('--critical'), width: 1.8, points: { show: false }, fill: css('--bad-w') }],
        axes: [{ font: axisFont, stroke: css('--ink-2'), grid: { show: false }, ticks: { stroke: css('--line'), size: 4 }, size: 26, space: 74, values: (_u, v) => v.map((x) => minute(x * 1000)) },
          { font: axisFont, stroke: css('--ink-2'), grid: { stroke: css('--line'), width: 1 }, ticks: { show: false }, size: 56, space: 30, values: (_u, v) => v.map((x) => decimal(x)) }],
        hooks: { draw: [(u) => {
          if (!silentFrom) return;
          const left = Math.max(u.bbox.left, u.valToPos(silentFrom, 'x', true));
          u.ctx.save();
          u.ctx.fillStyle = hatch(u.ctx, css('--ink-3'));
          u.ctx.globalAlpha = 0.55;
          u.ctx.fillRect(left, u.bbox.top, u.bbox.left + u.bbox.width - left, u.bbox.height);
          u.ctx.restore();
        }] },
      })} /></figure>
  );
}

export default function OneSource() {
  const name = variables.value['name'] ?? '';
  const path = `/sources/${encodeURIComponent(name)}`;
  const source = useResource<Source>(path);
  const from = useMemo(() => new Date(Math.floor(now() / MINUTE_MS) * MINUTE_MS - DAY_MS).toISOString(), [name]);
  const minutes = usePages<Minute>(`${path}/minutes`, { from, limit: 1000 });
  // A day has 1440 minutes at most, and the API gives the oldest first.
  useEffect(() => { if (minutes.more) minutes.loadMore(); }, [minutes.items.length, minutes.more]);
  const newest = useMemo(() => [...minutes.items].reverse(), [minutes.items]);
  return (
    <div class="page sources">
      <header class="pagehead"><h1>{visible(name)}</h1><a class="end" href="/sources">{t('sources.back')}</a></header>
      <View of={source} what={t('sources.one')}>{(s) => <><Ledger source={s} /><Reasons source={s} /></>}</View>
      <h2>{t('sources.minutes')}</h2>
      <View of={{ ...minutes, data: minutes.first }} what={t('sources.minutes')}>{() => (newest.length === 0 ? <Empty title={t('sources.minutes.none')} /> : (
        <>
          <Flow key={from + (source.data?.state ?? '')} of={minutes.items} from={from} source={source.data} />
          <p class="lead">{t('sources.minutes.text')}</p>
          <div class="tablewrap minutes" tabIndex={0} role="region" aria-label={t('sources.minutes')}>
            <table class="list">
              <thead><tr><th scope="col">{t('sources.minute')}</th><th scope="col" class="n">{t('sources.received')}</th><th scope="col" class="n">{t('sources.stored')}</th><th scope="col" class="n">{t('sources.refused')}</th><th scope="col" class="n">{t('sources.shed')}</th><th scope="col" class="n">{t('sources.bytes')}</th></tr></thead>
              <tbody>{newest.map((m) => (
                <tr key={m.minute}><th scope="row"><When time={m.minute} show={dayMinute} /></th><td class="n">{number(m.received)}</td><td class="n">{number(m.stored)}</td><td class="n"><Lost counts={m.refused} /></td><td class="n"><Lost counts={m.shed} /></td><td class="n nowrap">{bytes(m.bytes)}</td></tr>))}</tbody>
            </table>
          </div>
        </>))}</View>
    </div>
  );
}
