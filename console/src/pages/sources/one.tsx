// One source: its ledger, and the last day minute by minute.
import { useMemo } from 'preact/hooks';
import { now } from '../../core/clock';
import { bytes, dayMinute, full, number, visible } from '../../core/format';
import { t } from '../../core/messages';
import { usePages, useResource } from '../../core/resource';
import { variables } from '../../core/router';
import { Empty, View, When } from '../../ui/states';
import { Lost, State, reasons } from './parts';
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
      <p class="meta"><State state={s.state} /><span class="mono">{s.organisation}</span><span>{t('sources.last')} <When time={s.last_event} show={full} /></span><span>{t('sources.contact')} <When time={s.last_contact} show={full} /></span></p>
      <dl class="sum">{cells.map(([name, value, more]) => <div key={name}><dt>{name}</dt><dd>{value}{more ? <small>{more}</small> : null}</dd></div>)}</dl>
      <p class={good ? 'none' : 'lost'}>{t(good ? 'sources.balanced' : 'sources.unbalanced', values)}</p>
    </>
  );
}

export default function OneSource() {
  const name = variables.value['name'] ?? '';
  const path = `/sources/${encodeURIComponent(name)}`;
  const source = useResource<Source>(path);
  const from = useMemo(() => new Date(Math.floor(now() / 60000) * 60000 - 86400000).toISOString(), [name]);
  const minutes = usePages<Minute>(`${path}/minutes`, { from, limit: 1000 });
  const newest = useMemo(() => [...minutes.items].reverse(), [minutes.items]);
  return (
    <div class="page sources">
      <header class="pagehead"><h1>{visible(name)}</h1><a class="end" href="/sources">{t('sources.back')}</a></header>
      <View of={source} what={t('sources.one')}>{(s) => <Ledger source={s} />}</View>
      <h2>{t('sources.minutes')}</h2>
      <View of={{ ...minutes, data: minutes.first }} what={t('sources.minutes')}>{() => (newest.length === 0 ? <Empty title={t('sources.minutes.none')} /> : (
        <>
          <p class="lead">{t('sources.minutes.text')}</p>
          <div class="tablewrap" tabIndex={0} role="region" aria-label={t('sources.minutes')}>
            <table class="list">
              <thead><tr><th scope="col">{t('sources.minute')}</th><th scope="col" class="n">{t('sources.received')}</th><th scope="col" class="n">{t('sources.stored')}</th><th scope="col" class="n">{t('sources.refused')}</th><th scope="col" class="n">{t('sources.shed')}</th><th scope="col" class="n">{t('sources.bytes')}</th></tr></thead>
              <tbody>{newest.map((m) => (
                <tr key={m.minute}><th scope="row"><When time={m.minute} show={dayMinute} /></th><td class="n">{number(m.received)}</td><td class="n">{number(m.stored)}</td><td class="n"><Lost counts={m.refused} /></td><td class="n"><Lost counts={m.shed} /></td><td class="n nowrap">{bytes(m.bytes)}</td></tr>))}</tbody>
            </table>
          </div>
          {minutes.more ? <p class="actions"><button type="button" class="btn" onClick={minutes.loadMore}>{t('do.more')}</button></p> : null}
        </>))}</View>
    </div>
  );
}
