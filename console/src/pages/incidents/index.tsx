// Incidents, and declaring one: of chosen alerts (`new`), of a cluster (`cluster`), or of nothing yet.
import { useState } from 'preact/hooks';
import { Plus } from 'lucide';
import { at, linkAt } from '../../core/asof';
import { newKey, post } from '../../core/api';
import { duration, number, short, visible } from '../../core/format';
import { t, tword } from '../../core/messages';
import { usePages } from '../../core/resource';
import { go, query, setQuery } from '../../core/router';
import { may, session } from '../../core/session';
import { AsOf } from '../../ui/asof';
import { Dialog } from '../../ui/dialog';
import { Field, Select, Summary, TextArea, faultsOf, type Faults } from '../../ui/form';
import { Icon } from '../../ui/icon';
import { Empty, Failure, Skeleton, When } from '../../ui/states';
import { SEVERITIES, type Incident } from './types';

function Declare({ alerts, cluster, onClose }: { alerts: string[]; cluster: string; onClose: () => void }) {
  const [form, setForm] = useState({ title: '', severity: 'critical', text: '' });
  const [faults, setFaults] = useState<Faults>({});
  const [busy, setBusy] = useState(false);
  const send = (event: Event): void => {
    event.preventDefault();
    setBusy(true);
    post<Incident>('/incidents', {
      title: form.title, severity: form.severity, commander: `user:${String(session.value?.user ?? '')}`,
      ...(alerts.length ? { alerts } : {}), ...(cluster ? { clusters: [cluster] } : {}), ...(form.text ? { text: form.text } : {}),
    }, { key: newKey() }).then((made) => go(`/incidents/${made.id}`), (error: unknown) => {
      setFaults(faultsOf(error));
      setBusy(false);
    });
  };
  return (
    <Dialog title={t('incidents.declare')} onClose={onClose}>
      <form onSubmit={send}>
        <Summary faults={faults} />
        {alerts.length ? <p>{t('incidents.ofalerts', { n: alerts.length })}</p> : null}{cluster ? <p>{t('incidents.ofcluster')} <span class="mono">{cluster}</span></p> : null}
        <Field label={t('incidents.title')} name="title" value={form.title} maxLength={256} fault={faults['title']} onInput={(event) => setForm({ ...form, title: event.currentTarget.value })} />
        <Select label={t('incidents.severity')} name="severity" value={form.severity} options={SEVERITIES.map((s) => [s, tword('incidents.sev', s)] as const)} onChange={(event) => setForm({ ...form, severity: event.currentTarget.value })} />
        <TextArea label={t('incidents.why')} name="text" optional value={form.text} maxLength={4000} onInput={(event) => setForm({ ...form, text: event.currentTarget.value })} />
        <p class="none">{t('incidents.command', { name: session.value?.name ?? '' })}</p>
        <p class="actions"><button type="submit" class="btn pri" disabled={busy}>{t('incidents.declare')}</button><button type="button" class="btn" onClick={onClose}>{t('do.cancel')}</button></p>
      </form>
    </Dialog>
  );
}

export default function Incidents() {
  const state = query.value.get('state') ?? 'open';
  const chosen = (query.value.get('new') ?? '').split(',').filter(Boolean);
  const cluster = query.value.get('cluster') ?? '';
  const declaring = chosen.length > 0 || cluster !== '' || query.value.get('declare') === '1';
  const list = usePages<Incident>('/incidents', { state, at: at.value });
  const writes = may('incidents.write') && !at.value;
  return (
    <>
      <AsOf />
      <div class="page">
        <header class="pagehead"><h1>{t('title.incidents')}</h1>
          <div class="seg" role="group" aria-label={t('incidents.state')}>{['open', 'closed', 'all'].map((s) => <button type="button" key={s} aria-pressed={state === s} onClick={() => setQuery({ state: s })}>{tword('incidents.state', s)}</button>)}</div>
          {writes ? <button type="button" class="btn pri" onClick={() => setQuery({ declare: '1' })}><Icon of={Plus} size={15} />{t('incidents.declare')}</button> : null}</header>
        {list.error && !list.first ? <Failure what={t('title.incidents')} error={list.error} retry={list.reload} /> : !list.first ? <Skeleton lines={8} />
          : list.items.length === 0 ? <Empty title={t('incidents.none')}><p>{t('incidents.none.text')}</p></Empty> : (
            <div class="tablewrap" tabIndex={0} role="group" aria-label={t('title.incidents')}>
              <table class="list">
                <thead><tr><th scope="col">{t('incidents.title')}</th><th scope="col">{t('incidents.severity')}</th><th scope="col">{t('incidents.state')}</th><th scope="col">{t('incidents.commander')}</th><th scope="col">{t('incidents.declared')}</th><th scope="col">{t('incidents.organisations')}</th><th scope="col">{t('incidents.alerts')}</th><th scope="col">{t('incidents.tasks')}</th><th scope="col">{t('incidents.kpi.detect')}</th></tr></thead>
                <tbody>{list.items.map((i) => (
                  <tr key={i.id}><th scope="row"><a href={linkAt(`/incidents/${i.id}`)}>{visible(i.title ?? i.id)}</a> <span class="mono none">{i.id}</span>{i.automatic ? <> <span class="tag">{t('incidents.automatic')}</span></> : null}</th>
                    <td>{tword('incidents.sev', i.severity)}</td><td>{tword('incidents.state', i.state)}{i.merged_into ? <> <a class="mono" href={linkAt(`/incidents/${i.merged_into}`)}>{i.merged_into}</a></> : null}</td>
                    <td>{i.commander ? visible(i.commander_name ?? i.commander) : <span class="none">{t('who.nobody')}</span>}</td><td><When time={i.declared} show={short} /></td>
                    <td class="n">{number(i.organisation_count)}</td><td class="n"><a href={linkAt(`/alerts?q=${encodeURIComponent(`incident:"${i.id}"`)}`)}>{number(i.alerts)}</a></td><td class="n">{number(i.tasks_open)}</td>
                    <td>{i.kpi.detect.seconds === null ? <span class="none"><i class="hatch" aria-hidden="true" /> {t('incidents.notyet')}</span> : duration(i.kpi.detect.seconds)}</td></tr>))}
                </tbody>
              </table>
            </div>)}
        {list.more ? <button type="button" class="btn" onClick={list.loadMore}>{t('do.more')}</button> : null}
      </div>
      {declaring && writes ? <Declare alerts={chosen} cluster={cluster} onClose={() => setQuery({ new: null, cluster: null, declare: null })} /> : null}
    </>
  );
}
