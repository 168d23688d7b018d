// One rule: what it looks for and by whom, how it has done, what it would have found, and what of
// it is suppressed.
import { useEffect, useMemo } from 'preact/hooks';
import { at, linkAt } from '../../core/asof';
import { day, decimal, dayMinute, duration, number, short, visible } from '../../core/format';
import { t, tword } from '../../core/messages';
import { usePages, useResource } from '../../core/resource';
import { query, variables } from '../../core/router';
import { may } from '../../core/session';
import { AsOf } from '../../ui/asof';
import { CopyButton } from '../../ui/once';
import { Yaml } from '../../ui/yaml';
import { SeverityMark } from '../../ui/marks';
import { View, When } from '../../ui/states';
import { Techniques, sourceOf } from './list';
import { Days } from './parts';
import { SuppressionTable } from './suppressions';
import { TrialPanel } from './trial';
import { pathOf, techniqueOf, type Health, type Rule, type Suppression, type Trial } from './types';

/** Addresses that a rule's author gave: links only where they are of the web. */
function Reference({ of }: { of: string }) {
  return /^https?:\/\//.test(of) ? <a href={of} target="_blank" rel="noopener noreferrer nofollow">{visible(of)}</a> : <>{visible(of)}</>;
}

function About({ of }: { of: Rule }) {
  const others = of.tags.filter((tag) => !techniqueOf(tag));
  const rows: readonly (readonly [string, preact.ComponentChildren])[] = [
    [t('rules.logsource'), visible(sourceOf(of.logsource)) || <span class="none">{t(of.kind === 'correlation' ? 'rules.correlation.text' : 'rules.any')}</span>],
    [t('rules.techniques'), <Techniques tags={of.tags} />],
    [t('rules.tags'), others.length ? <span class="mono">{visible(others.join(' '))}</span> : null],
    [t('rules.falsepositives'), of.falsepositives.length ? <ul>{of.falsepositives.map((f) => <li key={f}>{visible(f)}</li>)}</ul> : null],
    [t('rules.author'), visible(of.author ?? '')],
    [t('rules.dates'), [of.date, of.modified ? t('rules.modified', { date: of.modified }) : ''].filter(Boolean).join(', ')],
    [t('rules.references'), of.references.length ? <ul>{of.references.map((r) => <li key={r}><Reference of={r} /></li>)}</ul> : null],
    [t('rules.licence'), visible(of.license ?? '')],
    [t('rules.file'), <span class="mono">{visible(of.file)}:{of.line}</span>],
  ];
  return (
    <section class="panel" aria-labelledby="h-about">
      <header><h2 id="h-about">{t('rules.about')}</h2></header>
      <div class="pad">
        <p class="says">{of.description ? visible(of.description) : <span class="none">{t('rules.nodescription')}</span>}</p>
        <dl class="facts">{rows.filter((r) => r[1]).map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>
      </div>
    </section>
  );
}

/** The text that is matched against, as its author wrote it and under their licence. */
function Source({ of }: { of: Rule }) {
  if (!of.source) return null;
  return (
    <div class="panel wide">
      <header><h2>{t('rules.source')}</h2><span class="sub">{[of.author ? visible(of.author) : t('rules.source.noauthor'), of.license ? visible(of.license) : t('rules.source.nolicence')].join(', ')}</span>
        <span class="more"><CopyButton text={of.source} cls="btn sm" /></span></header>
      <Yaml text={of.source} label={t('rules.source')} />
    </div>
  );
}

/** One's own trials of the rule that the server still keeps. */
function Tried({ rule }: { rule: string }) {
  const list = usePages<Trial>('/trials', {});
  const ours = list.items.filter((trial) => trial.rule === rule);
  const going = query.value.get('trial');
  const running = ours.some((trial) => trial.state === 'queued' || trial.state === 'running');
  useEffect(() => list.reload(), [going]);
  useEffect(() => {
    if (!running) return undefined;
    const timer = setInterval(list.reload, 1000);
    return () => clearInterval(timer);
  }, [running, list.reload]);
  return ours.length === 0 ? null : (
    <section class="panel" aria-labelledby="h-tried">
      <header><h2 id="h-tried">{t('rules.trials')}</h2><span class="sub">{t('rules.trials.sub')}</span></header>
      <ul class="pad trials">{ours.map((trial) => (
        <li key={trial.id}><a href={`${pathOf(rule)}?trial=${trial.id}`} aria-current={trial.id === going ? 'true' : undefined}><When time={trial.created} show={short} /></a> {t(trial.kind === 'rule' ? 'rules.trial.rule' : 'rules.trial.suppression')}{', '}
          {trial.state === 'done' && trial.findings !== undefined ? t('rules.trial.found', { n: trial.findings, days: trial.days }) : tword('rules.trial.state', trial.state)}</li>))}</ul>
    </section>
  );
}

function Precision({ of, rule }: { of: Health; rule: string }) {
  const p = of.precision;
  const judged = (reason: string): string => linkAt(`/alerts?q=${encodeURIComponent(`rule:${rule} AND reason:${reason}`)}`);
  if (!p || p.denominator === 0) return <><i class="hatch" aria-hidden="true" /> <span class="none">{t('rules.health.unjudged')}</span></>;
  return (
    <>{t('rules.health.percent', { n: decimal((100 * p.numerator) / p.denominator, 0) })}
      <small class="none">{t('rules.health.of', { n: p.numerator, of: p.denominator })}</small>
      <small><a href={judged('true-positive')}>{t('rules.health.true', { n: of.true_positive })}</a> <a href={judged('false-positive')}>{t('rules.health.false', { n: of.false_positive })}</a> <a href={judged('benign')}>{t('rules.health.benign', { n: of.benign })}</a></small></>
  );
}

function HealthOf({ of, rule }: { of: Health; rule: string }) {
  const days = useMemo(() => of.days.map((d) => ({ day: d.day, count: d.alerts })), [of.days]);
  const silent = of.days.filter((d) => d.alerts === 0).length;
  return (
    <div class="pad">
      <dl class="sum">
        <div><dt>{t('rules.health.precision')}</dt><dd><Precision of={of} rule={rule} /></dd></div>
        <div><dt>{t('rules.health.alerts')}</dt><dd><a href={linkAt(`/alerts?q=${encodeURIComponent(`rule:${rule}`)}`)}>{number(of.alerts)}</a><small class="none">{t('rules.health.findings', { n: of.findings })}</small></dd></div>
        <div><dt>{t('rules.health.silent')}</dt><dd>{t('rules.health.silent.of', { n: silent, of: of.days.length })}<small class="none">{of.last ? <>{t('rules.last')} <When time={of.last} show={dayMinute} /></> : t('rules.health.never')}</small></dd></div>
        <div><dt>{t('rules.health.close')}</dt><dd>{of.median_close_seconds === null ? <span class="none">–</span> : duration(of.median_close_seconds)}</dd></div>
      </dl>
      <Days of={days} label={t('rules.health.perday')} head={t('rules.health.alerts')} />
    </div>
  );
}

function Whole({ of }: { of: Rule }) {
  const read = may('findings.read');
  const health = useResource<Health>(read ? `${pathOf(of.id)}/health` : null, { at: at.value });
  const suppressions = usePages<Suppression>(read ? '/suppressions' : null, { rule: of.id, limit: 100, at: at.value });
  return (
    <>
      <header class="pagehead rulehead"><h1>{visible(of.title)}</h1><SeverityMark level={of.level} />
        {of.status ? <span class="tag">{visible(of.status)}</span> : null}{of.kind === 'correlation' ? <span class="tag">{t('rules.correlation')}</span> : null}
        <a class="end" href="/rules?tab=list">{t('rules.back')}</a></header>
      <p class="meta"><span class="mono">{visible(of.id)}</span>{of.modified || of.date ? <span>{day(of.modified ?? of.date)}</span> : null}</p>
      {read ? <AsOf hours={168} /> : null}
      {at.value ? <p class="notice">{t('rules.asof.text')}</p> : null}
      <div class="rulecols">
        <About of={of} />
        {read ? <section class="panel" aria-labelledby="h-health"><header><h2 id="h-health">{t('rules.health')}</h2><span class="sub">{t('rules.health.sub')}</span></header><View of={health} what={t('rules.health')} lines={4}>{(data) => <HealthOf of={data} rule={of.id} />}</View></section> : null}
        <Source of={of} />
        {may('events.read') && !at.value ? <Tried rule={of.id} /> : null}
        {may('events.read') && !at.value ? <TrialPanel rule={of.id} onSuppressed={() => { suppressions.reload(); health.reload(); }} /> : null}
        {read ? <section class="panel" aria-labelledby="h-sup"><header><h2 id="h-sup">{t('rules.suppressions')}</h2></header><SuppressionTable list={suppressions} rule={of.id} /></section> : null}
      </div>
    </>
  );
}

export default function OneRule() {
  const id = variables.value['id'] ?? '';
  const rule = useResource<Rule>(pathOf(id));
  return <div class="page rules"><View of={rule} what={t('title.rule')} lines={10}>{(data) => <Whole key={data.id} of={data} />}</View></div>;
}
