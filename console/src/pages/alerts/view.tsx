// One alert in full: why it fired, why it stands where it stands, what was done with it.
import type { ComponentChildren } from 'preact';
import { linkAt } from '../../core/asof';
import { full, number, second, short, visible } from '../../core/format';
import { t, tword, type Key } from '../../core/messages';
import { Menu, type MenuItem } from '../../ui/menu';
import { toast } from '../../ui/toast';
import { When } from '../../ui/states';
import { quoted } from '../../core/query';
import { narrowed } from './facets';
import type { Alert, Detail, Finding, Why } from './types';

/** One menu a value: only this, not this, all events, copy. */
function Value({ field, value, children }: { field: string; value: string; children?: ComponentChildren }) {
  const items: MenuItem[] = [
    { label: t('alerts.value.hunt'), href: linkAt(`/hunt?q=${encodeURIComponent(narrowed('', field, value, true))}`) },
    { label: t('alerts.value.text'), href: linkAt(`/hunt?q=${encodeURIComponent(quoted(value))}`) },
    { label: t('do.copy'), act: () => { void navigator.clipboard.writeText(value).then(() => toast(t('do.copied'))); } },
  ];
  return <Menu cls="val mono" items={items} label={undefined as unknown as string}>{children ?? visible(value)}</Menu>;
}

/** How much depends on it, and which care. */
const cared = (word: string, of: Alert): string => (of.care ? t('alerts.care.of', { level: tword('criticality', word), care: visible(of.care) }) : tword('criticality', word));

/** A part of why it stands where it stands, in the person's language. */
function said({ part, value, text }: Why, of: Alert): string {
  const [first = '', second = ''] = value.split('/');
  switch (part) {
    case 'level': return tword('severity', value);
    case 'precision': return value === 'raised' ? t('alerts.why.raised') : second === '0' ? t('alerts.why.unjudged') : t('alerts.why.precision', { n: Number(first), of: Number(second) });
    case 'care': return cared(value, of);
    case 'count': return t('alerts.findings.n', { n: Number(value) });
    case 'spread': return t('alerts.why.spread');
    case 'again': return t('alerts.again', { n: Number(value) });
    case 'suppressed': return t('alerts.why.suppressed');
    case 'place': return t('alerts.why.place', { group: first, care: second });
    default: return visible(text);
  }
}

export function WhyHere({ of }: { of: Alert }) {
  return (
    <ul class="parts">
      {of.why.map((w) => (
        <li key={w.part}><span class="pp">{w.points === undefined ? '' : `+${number(w.points)}`}</span><span class="pn">{tword('alerts.part', w.part)}</span><span>{said(w, of)}</span></li>))}
    </ul>
  );
}

/** Fields of the newest finding; what the rule looked for is marked. */
export function WhyFired({ of }: { of: Finding }) {
  const reasons = of.explain ?? [];
  const matched = new Map(reasons.filter((r) => r.field).map((r) => [r.field!.toLowerCase(), r]));
  const others = (of.fields ?? []).filter((f) => !matched.has(f.name.toLowerCase()));
  return (
    <table class="whyfired">
      <caption class="vh">{t('alerts.matched')}</caption>
      <colgroup><col class="fname" /><col /></colgroup>
      <tbody>
        {reasons.map((r, i) => (
          <tr key={i}><th scope="row" class="mono">{r.field ?? t('alerts.keyword')}</th>
            <td><mark><Value field={r.field ?? ''} value={r.value}>{visible(r.value)}</Value></mark>{r.pattern ? <span class="pat mono">{visible(r.pattern)}</span> : null}</td></tr>))}
        {others.map((f) => <tr key={f.name}><th scope="row" class="mono">{visible(f.name)}</th><td><Value field={f.name} value={f.value} /></td></tr>)}
      </tbody>
    </table>
  );
}

export function Findings({ of }: { of: Finding[] }) {
  return (
    <ol class="founds">
      {of.map((f) => (
        <li key={f.id}><When time={f.time ?? f.first_seen} show={second} /><span class="mono">{visible(f.host ?? f.user ?? '')}</span>
          {f.events && f.events > 1 ? <span>{t('alerts.events', { n: f.events })}</span> : null}
          {f.evidence_id ? <a class="mono" href={linkAt(`/hunt?q=${encodeURIComponent(`id:${f.evidence_id}`)}`)}>{f.evidence_id}</a> : null}</li>))}
    </ol>
  );
}

function SaidRow({ of }: { of: Detail['claims'][number] }) {
  const what = of.kind === 'triage.note' ? t('alerts.said.note') : of.kind === 'triage.owner' ? t('alerts.said.owner', { name: of.owner_name ?? of.owner ?? t('who.nobody') })
    : of.state ? tword('alertstatus', of.state) : of.kind;
  return (
    <li><a href={`/claims/${of.claim}`}><When time={of.recorded} show={short} /></a>
      <p><b>{visible(of.claimant_name ?? of.claimant)}</b> {what}{of.reason ? `: ${tword('alerts.reason', of.reason)}` : ''}{of.text ? <span class="said">{visible(of.text)}</span> : null}</p></li>
  );
}
export function Story({ of }: { of: Detail }) {
  return of.claims.length === 0 ? <p class="none">{t('alerts.said.none')}</p> : <ol class="story">{of.claims.map((c) => <SaidRow key={c.claim} of={c} />)}</ol>;
}

export function Summary({ of }: { of: Alert }) {
  const row = (name: Key, value: ComponentChildren) => <div><dt>{t(name)}</dt><dd>{value}</dd></div>;
  return (
    <dl class="sum">
      {row('alerts.field.organisation', <a href={linkAt(`/organisations/${of.organisation}`)}>{visible(of.organisation_name ?? of.organisation)}</a>)}
      {row('alerts.field.entity', <><span class="none">{tword('entity', of.entity_kind)}</span> <a class="mono" href={linkAt(`/alerts?q=${encodeURIComponent(narrowed('', of.entity_kind === 'organisation' ? 'org' : of.entity_kind, of.entity, true))}`)}>{visible(of.entity)}</a></>)}
      {row('alerts.field.care', cared(of.criticality, of))}
      {row('alerts.field.first', <When time={of.first} show={full} />)}
      {row('alerts.field.last', <When time={of.last} show={full} />)}
      {row('alerts.field.count', number(of.count))}
      {row('alerts.field.technique', of.techniques.length ? of.techniques.join(', ') : '–')}
      {row('alerts.field.rule', of.rule ? <><a href={`/rules/${encodeURIComponent(of.rule)}`}>{visible(of.title)}</a>{of.author ? <span class="none"> {t('alerts.by', { author: visible(of.author) })}</span> : null}</> : t('alerts.manual'))}
      {of.cluster ? row('alerts.field.cluster', <a class="mono" href={linkAt(`/spread/${of.cluster}`)}>{of.cluster}</a>) : null}
      {of.incident ? row('alerts.field.incident', <a class="mono" href={linkAt(`/incidents/${of.incident}`)}>{of.incident}</a>) : null}
      {of.again > 0 ? row('alerts.field.again', t('alerts.again', { n: of.again })) : null}
    </dl>
  );
}
