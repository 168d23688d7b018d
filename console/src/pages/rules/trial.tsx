// A rule or a suppression tried on stored events: asked for, on its way, and what came of it. Only
// what was tried can be suppressed. The trial is in the address, for as long as the server keeps it.
import { useEffect, useMemo, useState } from 'preact/hooks';
import { newKey, post, remove } from '../../core/api';
import { now } from '../../core/clock';
import { number, short, visible } from '../../core/format';
import { t } from '../../core/messages';
import { useResource } from '../../core/resource';
import { query, setQuery } from '../../core/router';
import { may } from '../../core/session';
import { Field, Summary, TextArea, useForm } from '../../ui/form';
import { View, When } from '../../ui/states';
import { toast } from '../../ui/toast';
import { Days } from './parts';
import { Scope } from './suppressions';
import type { Hits, Trial } from './types';

const POLL_MS = 500;
const DAY_MS = 86400000;

function Ask({ rule, kind }: { rule: string; kind: Trial['kind'] }) {
  const form = useForm(async (data) => {
    const scope = Object.fromEntries(['organisation', 'host', 'condition'].map((name) => [name, data[name]?.trim()]).filter((e) => e[1]));
    const trial = await post<Trial>('/trials', { kind, rule, days: Number(data['days']), ...scope }, { key: newKey() });
    setQuery({ trial: trial.id });
  });
  return (
    <form onSubmit={form.submit} noValidate>
      <Summary faults={form.faults} />
      <div class="row">
        <Field label={t('rules.trial.days')} name="days" type="number" min={1} max={366} defaultValue="7" fault={form.faults['days']} />
        <Field label={t('rules.scope.organisation')} name="organisation" optional autocomplete="off" maxLength={64} fault={form.faults['organisation']} />
        {kind === 'suppression' ? <Field label={t('rules.scope.host')} name="host" optional autocomplete="off" maxLength={256} fault={form.faults['host']} /> : null}
      </div>
      {kind === 'suppression' ? <Field label={t('rules.scope.condition')} hint={t('rules.scope.condition.hint')} name="condition" optional autocomplete="off" spellcheck={false} maxLength={4096} fault={form.faults['condition']} /> : null}
      <p class="actions"><button type="submit" class="btn pri" disabled={form.busy}>{t(kind === 'rule' ? 'rules.trial.run' : 'rules.trial.try')}</button></p>
    </form>
  );
}

function Bars({ of, others, head, say }: { of: readonly Hits[]; others: number; head: string; say: (n: number) => string }) {
  const most = Math.max(1, ...of.map((h) => h.hits));
  return (
    <table class="list bars">
      <thead><tr><th scope="col">{head}</th><th scope="col" class="n">{t('rules.findings')}</th><th aria-hidden="true" /></tr></thead>
      <tbody>{of.map((h) => (
        <tr key={h.name}><th scope="row" class="mono">{visible(h.name)}</th><td class="n">{number(h.hits)}</td><td class="bar"><meter min={0} max={most} value={h.hits} aria-label={visible(h.name)} /></td></tr>))}
        {others > 0 ? <tr><td colSpan={3} class="none">{say(others)}</td></tr> : null}</tbody>
    </table>
  );
}

/** What the trial found, in full. */
function Outcome({ of }: { of: Trial }) {
  const days = useMemo(() => (of.by_day ?? []).map((d) => ({ day: d.day, count: d.hits })), [of.by_day]);
  const organisations = of.by_organisation ?? [];
  const hosts = of.by_host ?? [];
  return (
    <div class="outcome">
      {days.length > 0 && of.kind === 'rule' ? <Days of={days} label={t('rules.trial.perday')} head={t('rules.findings')} /> : null}
      <div class="two">
        {organisations.length > 0 ? <Bars of={organisations} others={of.other_organisations ?? 0} head={t('rules.scope.organisation')} say={(n) => t('rules.trial.others', { n })} /> : null}
        {hosts.length > 0 ? <Bars of={hosts} others={of.other_hosts ?? 0} head={t('rules.scope.host')} say={(n) => t('rules.trial.otherhosts', { n })} /> : null}
      </div>
      {(of.examples ?? []).length > 0 ? (
        <div class="tablewrap" tabIndex={0} role="region" aria-label={t('rules.trial.examples')}><table class="list">
          <caption>{t('rules.trial.examples')}</caption>
          <thead><tr><th scope="col">{t('rules.time')}</th><th scope="col">{t('rules.scope.organisation')}</th><th scope="col">{t('rules.scope.host')}</th><th scope="col">{t('rules.user')}</th></tr></thead>
          <tbody>{of.examples!.map((e, i) => (
            <tr key={i}><th scope="row" class="nowrap"><When time={e.time} show={short} /></th><td class="mono">{visible(e.organisation)}</td><td class="mono">{visible(e.host ?? '') || '–'}</td><td class="mono">{visible(e.user ?? '') || '–'}</td></tr>))}</tbody>
        </table></div>) : null}
    </div>
  );
}

/** Reason and end; rule and scope are those of the trial. */
function Suppress({ trial, onDone }: { trial: Trial; onDone: () => void }) {
  const [key] = useState(newKey);
  const from = now();
  const date = (days: number): string => new Date(from + days * DAY_MS).toISOString().slice(0, 10);
  const form = useForm(async (data) => {
    // The whole of the day that was chosen counts.
    const expires = new Date(Date.parse(`${data['expires']}T00:00:00Z`) + DAY_MS - 1000).toISOString();
    await post('/suppressions', { trial: trial.id, reason: data['reason'], expires }, { key });
    toast(t('rules.sup.done'));
    onDone();
  });
  return (
    <form onSubmit={form.submit} noValidate class="suppress">
      <h3>{t('rules.sup.new')}</h3>
      <p class="none">{t('rules.sup.hides', { hidden: trial.hidden ?? 0, findings: trial.findings ?? 0, days: trial.days })}</p>
      <Summary faults={form.faults} />
      <TextArea label={t('rules.reason')} hint={t('rules.reason.hint')} name="reason" rows={2} maxLength={4096} fault={form.faults['reason']} />
      <div class="row"><Field label={t('rules.expires')} hint={t('rules.expires.hint')} name="expires" type="date" min={date(0)} max={date(364)} defaultValue={date(30)} fault={form.faults['expires']} /></div>
      <p class="actions"><button type="submit" class="btn pri" disabled={form.busy}>{t('rules.sup.do')}</button></p>
    </form>
  );
}

function Progress({ of }: { of: Trial }) {
  const done = of.blocks - of.blocks_left;
  return (
    <div class="progress" role="status">
      <p>{t(of.state === 'queued' ? 'rules.trial.queued' : 'rules.trial.running', { done, of: of.blocks })}</p>
      <progress max={Math.max(1, of.blocks)} value={done} aria-label={t('rules.trial.progress')} />
    </div>
  );
}

function Headline({ of }: { of: Trial }) {
  if (of.state === 'failed') return <p class="notice bad"><b>{t('rules.trial.failed')}</b>{visible(of.error ?? '')}</p>;
  if (of.state === 'cancelled') return <p class="notice"><b>{t('rules.trial.cancelled')}</b></p>;
  const text = of.kind === 'rule' ? t('rules.trial.found', { n: of.findings ?? 0, days: of.days }) : t('rules.trial.hides', { hidden: of.hidden ?? 0, n: of.findings ?? 0, days: of.days });
  return <p class="found" role="status"><b>{text}</b>{of.undecided ? <span class="none"> {t('rules.trial.undecided', { n: of.undecided })}</span> : null}</p>;
}

export function OneTrial({ id, onSuppressed }: { id: string; onSuppressed: () => void }) {
  const trial = useResource<Trial>(`/trials/${encodeURIComponent(id)}`);
  const of = trial.data;
  const going = of !== undefined && (of.state === 'queued' || of.state === 'running');
  useEffect(() => {
    if (!going) return undefined;
    const timer = setInterval(trial.reload, POLL_MS);
    return () => clearInterval(timer);
  }, [going, trial.reload]);
  const drop = (): void => {
    remove(`/trials/${encodeURIComponent(id)}`).catch((error: Error) => toast(error.message, { bad: true }));
    setQuery({ trial: null });
  };
  return (
    <View of={{ ...trial, busy: false }} what={t('rules.trial')} lines={3}>{(data) => (
      <>
        <div class="trialhead"><span class="none">{t('rules.trial.of', { days: data.days })}</span><Scope of={data} /></div>
        {going ? <Progress of={data} /> : <><Headline of={data} />{data.state === 'done' ? <Outcome of={data} /> : null}</>}
        {data.state === 'done' && data.kind === 'suppression' && may('findings.write') ? <Suppress trial={data} onDone={onSuppressed} /> : null}
        <p class="actions"><button type="button" class="btn" onClick={drop}>{t(going ? 'do.cancel' : 'rules.trial.again')}</button></p>
      </>)}</View>
  );
}

export function TrialPanel({ rule, onSuppressed }: { rule: string; onSuppressed: () => void }) {
  const id = query.value.get('trial');
  const kind = query.value.get('try') === 'suppression' ? 'suppression' : 'rule';
  return (
    <section class="panel" aria-labelledby="h-trial">
      <header><h2 id="h-trial">{t('rules.trial')}</h2>
        {id ? null : (
          <div class="seg more" role="group" aria-label={t('rules.trial.kind')}>
            {(['rule', 'suppression'] as const).map((k) => <button type="button" key={k} aria-pressed={k === kind} onClick={() => setQuery({ try: k === 'rule' ? null : k })}>{t(k === 'rule' ? 'rules.trial.rule' : 'rules.trial.suppression')}</button>)}
          </div>)}
      </header>
      <div class="pad">
        {id ? <OneTrial key={id} id={id} onSuppressed={() => { setQuery({ trial: null, try: null }); onSuppressed(); }} /> : (
          <><p class="none">{t(kind === 'rule' ? 'rules.trial.rule.text' : 'rules.trial.suppression.text')}</p><Ask key={kind} rule={rule} kind={kind} /></>)}
      </div>
    </section>
  );
}
