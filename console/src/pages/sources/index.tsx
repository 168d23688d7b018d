// Sources: who sends events, the silent ones first, with the loss ledger of each.
import { useMemo } from 'preact/hooks';
import { bytes, number, short, visible } from '../../core/format';
import { t, tword } from '../../core/messages';
import { usePages } from '../../core/resource';
import { query } from '../../core/router';
import { Org } from '../../ui/org';
import { Empty, View, When } from '../../ui/states';
import { Lost, State } from './parts';
import type { Source } from './types';

const STATES = ['unknown: silent', 'unknown: never heard', 'heard', 'removed', 'listener'] as const;

export default function Sources() {
  const state = query.value.get('state');
  const list = usePages<Source>('/sources', { state, limit: 500 });
  const rows = useMemo(() => [...list.items].sort((a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state) || (a.source < b.source ? -1 : 1)), [list.items]);
  return (
    <div class="page sources">
      <header class="pagehead"><h1>{t('title.sources')}</h1></header>
      <p class="lead">{t('sources.lead')}</p>
      <nav class="tabs" aria-label={t('sources.states')}>
        <a href="/sources" aria-current={state ? undefined : 'true'}>{t('sources.all')}</a>
        {STATES.map((s) => <a key={s} href={`/sources?state=${encodeURIComponent(s)}`} aria-current={state === s ? 'true' : undefined}>{tword('sources.word', s)}</a>)}
      </nav>
      <View of={{ ...list, data: list.first }} what={t('title.sources')}>{() => (rows.length === 0
        ? <Empty title={t('sources.none')}>{state ? <p>{t('sources.none.text')} <a href="/sources">{t('sources.all')}</a></p> : null}</Empty>
        : (
          <div class="tablewrap" tabIndex={0} role="region" aria-label={t('title.sources')}>
            <table class="list">
              <thead><tr><th scope="col">{t('sources.name')}</th><th scope="col">{t('sources.organisation')}</th><th scope="col">{t('sources.state')}</th><th scope="col">{t('sources.last')}</th><th scope="col">{t('sources.contact')}</th>
                <th scope="col" class="n">{t('sources.received')}</th><th scope="col" class="n">{t('sources.stored')}</th><th scope="col" class="n">{t('sources.refused')}</th><th scope="col" class="n">{t('sources.shed')}</th><th scope="col" class="n">{t('sources.pending')}</th><th scope="col" class="n">{t('sources.bytes')}</th></tr></thead>
              <tbody>{rows.map((s) => (
                <tr key={s.source}>
                  <th scope="row"><a href={`/sources/${encodeURIComponent(s.source)}`}>{visible(s.source)}</a></th><td>{s.organisation ? <Org code={s.organisation} /> : <span class="none">–</span>}</td><td class="nowrap"><State state={s.state} /></td>
                  <td class="nowrap"><When time={s.last_event} show={short} /></td><td class="nowrap"><When time={s.last_contact} show={short} /></td>
                  <td class="n">{number(s.received)}</td><td class="n">{number(s.stored)}</td><td class="n"><Lost counts={s.refused} /></td><td class="n"><Lost counts={s.shed} /></td><td class="n">{number(s.pending)}</td><td class="n nowrap">{bytes(s.bytes)}</td>
                </tr>))}</tbody>
            </table>
          </div>))}</View>
      {list.more ? <p class="actions"><button type="button" class="btn" onClick={list.loadMore}>{t('do.more')}</button></p> : null}
    </div>
  );
}
