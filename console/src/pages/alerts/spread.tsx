// One cluster of what spreads: the first attacker, then who reached whom, in order.
import { at, linkAt } from '../../core/asof';
import { decimal, full, number, second, short, visible } from '../../core/format';
import { t, tword } from '../../core/messages';
import { useResource } from '../../core/resource';
import { variables } from '../../core/router';
import { may } from '../../core/session';
import { AsOf } from '../../ui/asof';
import { View, When } from '../../ui/states';

interface Machine { role: string; basis?: 'seen' | 'behaved' | 'inferred' | 'observed'; organisation: string; host?: string; address?: string; external: boolean; attacks: boolean; time: string; known: string; from?: string; evidence?: string }
interface Cluster {
  id: string; technique: string; title: string; first: string; last: string; known: string; patient_zero?: Machine; organisations: number; hosts: number; reached: number; findings: number;
  rate_hosts_per_minute: string; rate_organisations_per_minute: string; state: string; attempts_only: boolean; merged: string[]; order: Machine[];
}
const named = (m: { host?: string; address?: string }): string => visible(m.host || m.address || '?');

const DRAWN = 160;
/** Who reached whom as a small picture: time to the right, an arc from each to those it reached. */
function Arcs({ of }: { of: Machine[] }) {
  const shown = of.slice(0, DRAWN);
  const place = new Map<string, number>();
  shown.forEach((m, i) => { for (const name of [m.host, m.address]) if (name && !place.has(name)) place.set(name, i); });
  const x = (i: number): number => 14 + (i * 772) / Math.max(1, shown.length - 1);
  const r = Math.min(6, 350 / Math.max(1, shown.length - 1));
  return (
    <><svg class="arcs" viewBox="0 0 800 120" role="img" aria-label={t('spread.arcs', { n: of.length })}>
      {shown.map((m, i) => {
        const from = m.from ? place.get(m.from) : undefined;
        return from === undefined || from === i ? null : <path key={`a${i}`} d={`M${x(from)} 92 Q${(x(from) + x(i)) / 2} ${92 - Math.min(84, 16 + Math.abs(x(i) - x(from)) / 4)} ${x(i)} 92`} class={`arc ${m.role}`} />;
      })}
      {shown.map((m, i) => <circle key={i} cx={x(i)} cy={92} r={m.role === 'reached' ? Math.min(3.5, r) : r} class={`node ${m.role}`} />)}
    </svg>
    <p class="none">{t('spread.key')}{of.length > shown.length ? ` ${t('spread.drawn', { show: shown.length, n: of.length })}` : ''}</p></>
  );
}

function One({ of }: { of: Cluster }) {
  const zero = of.patient_zero;
  return (
    <>
      <header class="pagehead"><h1>{visible(of.title)}</h1><span class="mono none">{of.id}</span><span class="tag">{t(of.state === 'growing' ? 'spread.growing' : 'spread.quiet')}</span></header>
      <p class="lead">{zero ? t('spread.zero', { name: named(zero), time: full(zero.time) }) : t('spread.zero.none')} {t('spread.line', { hosts: of.hosts, organisations: of.organisations, rate: decimal(Number(of.rate_hosts_per_minute)) })}</p>
      <p><a class="btn" href={linkAt(`/alerts?q=${encodeURIComponent(`cluster:"${of.id}"`)}`)}>{t('spread.alerts')}</a> {may('incidents.write') && !at.value ? <a class="btn" href={`/incidents?cluster=${of.id}`}>{t('alerts.do.incident')}</a> : null}</p>
      <Arcs of={of.order} />
      <div class="tablewrap" tabIndex={0} role="group" aria-label={t('spread.order')}>
        <table class="list">
          <caption class="vh">{t('spread.order')}</caption>
          <thead><tr><th scope="col">#</th><th scope="col">{t('spread.time')}</th><th scope="col">{t('spread.machine')}</th><th scope="col">{t('alerts.field.organisation')}</th><th scope="col">{t('spread.role')}</th><th scope="col">{t('spread.from')}</th><th scope="col">{t('spread.evidence')}</th></tr></thead>
          <tbody>
            {of.order.map((m, i) => (
              <tr key={i}><td>{number(i + 1)}</td><td><When time={m.time} show={i > 0 && m.time.slice(0, 10) === of.first.slice(0, 10) ? second : short} /></td><td class="mono">{named(m)}{m.external ? <span class="none"> {t('spread.external')}</span> : null}</td>
                <td><a href={linkAt(`/organisations/${m.organisation}`)}>{visible(m.organisation)}</a></td><td>{tword('spread.role', m.role)}{m.basis ? <span class="none"> ({t(`spread.basis.${m.basis}`)})</span> : null}{m.attacks && m.role !== 'attacker' ? `, ${t('spread.attacks')}` : ''}</td><td class="mono">{m.from ? visible(m.from) : '–'}</td>
                <td class="mono">{m.evidence ? <a href={linkAt(`/hunt?q=${encodeURIComponent(`id:${m.evidence}`)}`)}>{m.evidence}</a> : '–'}</td></tr>))}
          </tbody>
        </table>
      </div>
    </>
  );
}

export default function Spread() {
  const cluster = useResource<Cluster>(`/spread/${encodeURIComponent(variables.value['id'] ?? '')}`, { at: at.value });
  return <><AsOf /><div class="page">{cluster.data ? null : <h1 class="vh">{t('title.spread')}</h1>}<View of={cluster} what={t('title.spread')} lines={10}>{(of) => <One of={of} />}</View></div></>;
}
