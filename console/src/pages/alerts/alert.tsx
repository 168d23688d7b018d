// One alert on a page of its own, with the way to its neighbours in the queue.
import { useState } from 'preact/hooks';
import { at, linkAt } from '../../core/asof';
import { short, visible } from '../../core/format';
import { useKeys } from '../../core/keyboard';
import { useLive } from '../../core/live';
import { t, tword } from '../../core/messages';
import { usePages, useResource } from '../../core/resource';
import { go, query, variables } from '../../core/router';
import { may } from '../../core/session';
import { AsOf } from '../../ui/asof';
import { TextArea } from '../../ui/form';
import { SeverityMark } from '../../ui/marks';
import { View } from '../../ui/states';
import { act, CloseDialog, type Told, type Verb } from './actions';
import { narrowed } from './facets';
import { Status, asked, type Fields } from './pending';
import type { Alert, Detail, Finding } from './types';
import { Findings, Story, Summary, WhyFired, WhyHere } from './view';

function SeenBefore({ of }: { of: Alert }) {
  const similar = useResource<{ items: Alert[]; total?: number }>('/alerts', { q: `${narrowed('', 'rule', of.rule, true)} AND ${narrowed('', 'org', of.organisation, true)} AND NOT id:"${of.id}"`, sort: 'last', limit: 8, at: at.value });
  return (
    <View of={similar} what={t('alerts.similar')} lines={3}>
      {(page) => (page.items.length === 0 ? <p class="none">{t('alerts.similar.none')}</p> : (
        <ul class="rel">{page.items.map((a) => (
          <li key={a.id}><SeverityMark level={a.level} label={false} /><a href={linkAt(`/alerts/${a.id}`)}>{visible(a.entity)}</a><span class="none">{tword('alertstatus', a.status)}{a.reason ? `, ${tword('alerts.reason', a.reason)}` : ''}</span><time dateTime={a.last}>{short(a.last)}</time></li>))}
        </ul>))}
    </View>
  );
}

function One({ of, reload, confirmed }: { of: Detail; reload: () => void; confirmed: (fields: Fields) => void }) {
  const [closing, setClosing] = useState(false);
  const [note, setNote] = useState('');
  const findings = usePages<Finding>(`/alerts/${of.id}/findings`, { at: at.value, limit: 50 });
  const writes = may('findings.write') && !at.value;
  const { status } = asked(of);
  // What the server has confirmed is shown until it is fetched again.
  const told: Told = { known: () => of, done: (_ids, fields) => { confirmed(fields(of.id) ?? {}); reload(); } };
  const ask = (action: Verb): void => { if (writes) void act({ action, ids: [of.id], ...(action === 'assign' ? { owner: 'me' } : {}) }, told); };
  useKeys({ a: () => ask('acknowledge'), m: () => ask('assign'), c: () => setClosing(writes), i: () => go(`/incidents?new=${of.id}`) });
  return (
    <>
      <header class="pagehead"><SeverityMark level={of.level} /><h1>{visible(of.title)}</h1><span class="mono none">{of.id}</span><Status of={of} /></header>
      {writes ? (
        <div class="acts">
          {status === 'new' ? <button class="btn pri" type="button" onClick={() => ask('acknowledge')}>{t('alerts.do.acknowledge')}<kbd>a</kbd></button> : null}
          <button class="btn" type="button" onClick={() => ask('assign')}>{t('alerts.do.assign')}<kbd>m</kbd></button>
          {status === 'acknowledged' ? <button class="btn" type="button" onClick={() => ask('start')}>{t('alerts.do.start')}</button> : null}
          {status === 'closed' ? <button class="btn" type="button" onClick={() => ask('reopen')}>{t('alerts.do.reopen')}</button> : <button class="btn" type="button" onClick={() => setClosing(true)}>{t('alerts.do.close')}<kbd>c</kbd></button>}
          {may('incidents.write') ? <a class="btn" href={`/incidents?new=${of.id}`}>{t('alerts.do.incident')}<kbd>i</kbd></a> : null}
        </div>) : null}
      <div class="alertcols">
        <div>
          {of.findings[0] ? <section class="panel" aria-labelledby="h-fired"><header><h2 id="h-fired">{t('alerts.whyfired')}</h2></header><div class="inner"><WhyFired of={of.findings[0]} /></div></section> : null}
          <section class="panel" aria-labelledby="h-found"><header><h2 id="h-found">{t('alerts.findings')}</h2><span class="sub">{t('alerts.findings.n', { n: of.count })}</span></header>
            <div class="inner"><Findings of={findings.items} />{findings.more ? <button type="button" class="btn sm" onClick={findings.loadMore}>{t('do.more')}</button> : null}</div></section>
          <section class="panel" aria-labelledby="h-story"><header><h2 id="h-story">{t('alerts.story')}</h2></header>
            <div class="inner"><Story of={of} />
              {writes ? (
                <form class="noteform" onSubmit={(event) => { event.preventDefault(); if (note.trim()) void act({ action: 'note', ids: [of.id], text: note }, told).then((done) => { if (done) setNote(''); }); }}>
                  <TextArea label={t('alerts.note')} name="note" value={note} rows={2} maxLength={4000} onInput={(event) => setNote(event.currentTarget.value)} />
                  <button type="submit" class="btn sm">{t('alerts.do.note')}</button></form>) : null}
            </div></section>
        </div>
        <div>
          <section class="panel" aria-labelledby="h-here"><header><h2 id="h-here">{t('alerts.whyhere')}</h2><span class="more riskn">{of.risk}</span></header><div class="inner"><WhyHere of={of} /></div></section>
          <section class="panel" aria-labelledby="h-sum"><header><h2 id="h-sum">{t('alerts.summary')}</h2></header><div class="inner"><Summary of={of} /></div></section>
          {of.rule ? <section class="panel" aria-labelledby="h-sim"><header><h2 id="h-sim">{t('alerts.similar')}</h2></header><div class="inner"><SeenBefore of={of} /></div></section> : null}
        </div>
      </div>
      {closing ? <CloseDialog ids={[of.id]} told={told} onClose={() => setClosing(false)} /> : null}
    </>
  );
}

export default function AlertPage() {
  const id = variables.value['id'] ?? '';
  const q = query.value.get('q');
  const detail = useResource<Detail>(`/alerts/${encodeURIComponent(id)}`, { at: at.value });
  const [said, setSaid] = useState<{ of: Detail; fields: Fields } | null>(null);
  const queue = useResource<{ items: Alert[] }>(q === null ? null : '/alerts', { q: q ?? '', at: at.value, limit: 200 });
  useLive(at.value ? null : '/alerts/live', (event) => {
    const changed = (event.data as { changed?: string[] } | null)?.changed;
    if (event.name === 'resync' || changed?.includes(id)) detail.reload();
  });
  const ids = queue.data?.items.map((a) => a.id) ?? [];
  const here = ids.indexOf(id);
  const to = (index: number): string => linkAt(`/alerts/${ids[index]!}?q=${encodeURIComponent(q ?? '')}`);
  useKeys({ '[': () => { if (here > 0) go(to(here - 1)); }, ']': () => { if (here >= 0 && here < ids.length - 1) go(to(here + 1)); }, u: () => go(linkAt(`/alerts?sel=${id}${q === null ? '' : `&q=${encodeURIComponent(q)}`}`)) }, {
    label: 'title.alert', shortcuts: [{ keys: ['[', ']'], label: 'alerts.key.neighbours' }, { keys: ['u'], label: 'alerts.key.back' }, { keys: ['a'], label: 'alerts.do.acknowledge' }, { keys: ['m'], label: 'alerts.do.assign' }, { keys: ['c'], label: 'alerts.do.close' }, { keys: ['i'], label: 'alerts.do.incident' }],
  });
  return (
    <>
      <AsOf />
      <div class="page">
        <nav class="crumbs" aria-label={t('alerts.queue')}><a href={linkAt(`/alerts?sel=${id}${q === null ? '' : `&q=${encodeURIComponent(q)}`}`)}>{t('alerts.queue')}</a>
          {here >= 0 ? <span>{t('alerts.place', { n: here + 1, of: ids.length })}</span> : null}
          {here > 0 ? <a href={to(here - 1)}>{t('alerts.previous')}</a> : null}{here >= 0 && here < ids.length - 1 ? <a href={to(here + 1)}>{t('alerts.next')}</a> : null}</nav>
        {detail.data ? null : <h1 class="vh">{t('title.alert')}</h1>}
        <View of={detail} what={t('title.alert')} lines={12}>{(of) => <One of={said?.of === of ? { ...of, ...said.fields } : of} reload={detail.reload} confirmed={(fields) => setSaid({ of, fields })} />}</View>
      </div>
    </>
  );
}
