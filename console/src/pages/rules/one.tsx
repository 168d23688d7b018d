// One rule: what it looks for and by whom, how it has done, what it would have found, and what of
// it is suppressed.
import { useMemo } from 'preact/hooks';
import { day, decimal, dayMinute, duration, number, visible } from '../../core/format';
import { t } from '../../core/messages';
import { usePages, useResource } from '../../core/resource';
import { variables } from '../../core/router';
import { may } from '../../core/session';
import { SeverityMark } from '../../ui/marks';
import { View, When } from '../../ui/states';
import { Techniques, sourceOf } from './list';
import { Days } from './parts';
import { SuppressionTable } from './suppressions';
import { TrialPanel } from './trial';
import { pathOf, techniqueOf, type Health, type Rule, type Suppression } from './types';

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

function Precision({ of, rule }: { of: Health; rule: string }) {
  const p = of.precision;
  const judged = (reason: string): string => `/alerts?q=${encodeURIComponent(`rule:${rule} AND reason:${reason}`)}`;
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
        <div><dt>{t('rules.health.alerts')}</dt><dd><a href={`/alerts?q=${encodeURIComponent(`rule:${rule}`)}`}>{number(of.alerts)}</a><small class="none">{t('rules.health.findings', { n: of.findings })}</small></dd></div>
        <div><dt>{t('rules.health.silent')}</dt><dd>{t('rules.health.silent.of', { n: silent, of: of.days.length })}<small class="none">{of.last ? <>{t('rules.last')} <When time={of.last} show={dayMinute} /></> : t('rules.health.never')}</small></dd></div>
        <div><dt>{t('rules.health.close')}</dt><dd>{of.median_close_seconds === null ? <span class="none">–</span> : duration(of.median_close_seconds)}</dd></div>
      </dl>
      <Days of={days} label={t('rules.health.perday')} head={t('rules.health.alerts')} />
    </div>
  );
}

function Whole({ of }: { of: Rule }) {
  const read = may('findings.read');
  const health = useResource<Health>(read ? `${pathOf(of.id)}/health` : null);
  const suppressions = usePages<Suppression>(read ? '/suppressions' : null, { rule: of.id, limit: 100 });
  return (
    <>
      <header class="pagehead rulehead"><h1>{visible(of.title)}</h1><SeverityMark level={of.level} />
        {of.status ? <span class="tag">{visible(of.status)}</span> : null}{of.kind === 'correlation' ? <span class="tag">{t('rules.correlation')}</span> : null}
        <a class="end" href="/rules?tab=list">{t('rules.back')}</a></header>
      <p class="meta"><span class="mono">{visible(of.id)}</span>{of.modified || of.date ? <span>{day(of.modified ?? of.date)}</span> : null}</p>
      <div class="rulecols">
        <About of={of} />
        {read ? <section class="panel" aria-labelledby="h-health"><header><h2 id="h-health">{t('rules.health')}</h2><span class="sub">{t('rules.health.sub')}</span></header><View of={health} what={t('rules.health')} lines={4}>{(data) => <HealthOf of={data} rule={of.id} />}</View></section> : null}
        {may('events.read') ? <TrialPanel rule={of.id} onSuppressed={() => { suppressions.reload(); health.reload(); }} /> : null}
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
