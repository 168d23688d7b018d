// One organisation: what it is, how it is and was, what is open, who sends its events, whom to
// call, who may act in its house; as known at one time.
import type { ComponentChildren } from 'preact';
import { at, linkAt } from '../../core/asof';
import { day, full, short, visible } from '../../core/format';
import { t, tword, tx } from '../../core/messages';
import { usePages, useResource } from '../../core/resource';
import { variables } from '../../core/router';
import { may } from '../../core/session';
import { AsOf } from '../../ui/asof';
import { Basis, SeverityMark, StateMark } from '../../ui/marks';
import { Org, Who } from '../../ui/org';
import { View, When } from '../../ui/states';
import type { Alert } from '../alerts/types';
import type { Source } from '../sources/types';
import { roleWord, type Claim, type Delegation, type Organisation } from './types';

interface Answer { part: Readonly<Record<string, unknown>>; claimant: string; state?: string; valid_from: string | null; claim: string; basis: string; confidence: number }
type Items<T> = { items: T[] };
const org = (code: string): ComponentChildren => <Org code={code} />;
/** Claims come in the order they were recorded: all of them are had, then shown the newest first. */
const MOST = 1000;

function Panel({ id, title, more, children }: { id: string; title: string; more?: ComponentChildren; children: ComponentChildren }) {
  return <section class="panel" aria-labelledby={id}><header><h2 id={id}>{title}</h2>{more}</header>{children}</section>;
}

function Identity({ of }: { of: Organisation }) {
  const row = (name: string, value: ComponentChildren) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>;
  return (
    <dl class="saidof">
      {row(t('orgs.code'), <span class="mono">{visible(of.code)}</span>)}
      {row(t('orgs.role'), roleWord(of.role))}
      {row(t('orgs.standing'), of.open ? t('orgs.open') : t('orgs.closed'))}
      {of.counts_as !== of.code ? row(t('orgs.countsas'), org(of.counts_as)) : null}
      {of.parent ? row(t('orgs.parent'), org(of.parent)) : null}
      {of.region ? row(t('orgs.region'), org(of.region)) : null}
      {of.commissioner ? row(t('orgs.commissioner'), org(of.commissioner)) : null}
      {of.network ? row(t('orgs.network'), org(of.network)) : null}
      {of.postcode ? row(t('orgs.postcode'), visible(of.postcode)) : null}
      {of.opened ? row(t('orgs.opened'), day(of.opened)) : null}
      {of.closed ? row(t('orgs.closedon'), day(of.closed)) : null}
      {row(t('orgs.basis'), <a class="mono" href={`/claims/${of.claim}`}>{of.claim}</a>)}
    </dl>
  );
}

function Now({ code }: { code: string }) {
  const now = useResource<Items<Answer>>('/answers', { topic: 'status', subject: `org:${code}`, at: at.value });
  return (
    <View of={now} what={t('orgs.state.now')} lines={2}>{(page) => {
      const said = page.items.filter((a) => a.state);
      return said.length === 0 ? <p class="nowstate"><StateMark state="unknown" /><span class="none">{t('orgs.state.none')}</span></p> : (
        <>{said.map((a) => (
          <p class="nowstate" key={a.claim}><StateMark state={a.state!} /><span>{tx('orgs.saidby', { who: <Who of={a.claimant} /> })}</span>
            <a href={`/claims/${a.claim}`}><When time={a.valid_from} show={full} /></a><Basis basis={a.basis} /></p>))}</>);
    }}</View>
  );
}

const text = (claim: Claim): string => {
  const { value } = claim;
  const reason = value['reason'] ?? value['text'] ?? value['name'] ?? value['title'];
  return typeof reason === 'string' ? reason : claim.amount ? `${claim.amount} ${claim.unit ?? ''}` : '';
};

function ClaimRows({ of, none }: { of: readonly Claim[]; none: string }) {
  return of.length === 0 ? <p class="none pad">{none}</p> : (
    <ol class="claimlog">{of.map((c) => (
      <li key={c.id}><a href={`/claims/${c.id}`}><When time={c.recorded} show={short} /></a>
        <p>{typeof c.value['state'] === 'string' && c.kind.startsWith('status.') ? <StateMark state={c.value['state']} /> : <span title={c.kind}>{tword('claimkind', c.kind)}</span>}
          {c.kind === 'status.revise' ? <> <span class="tag">{t('orgs.revised')}</span></> : null} <span class="none"><Who of={c.claimant} /></span>{text(c) ? <> {visible(text(c))}</> : null}</p></li>))}
    </ol>
  );
}

function Claims({ code, topic, title, id, none, show }: { code: string; topic?: string; title: string; id: string; none: string; show: number }) {
  const claims = usePages<Claim>('/claims', { subject: `org:${code}`, topic, at: at.value, limit: MOST });
  if (claims.more) claims.loadMore();
  const newest = [...claims.items].reverse();
  return (
    <Panel id={id} title={title} more={claims.first ? <span class="sub">{t(newest.length > show ? 'orgs.newest' : 'orgs.said', { n: newest.length, show })}</span> : null}>
      <View of={{ ...claims, data: claims.first }} what={title} lines={4}>{() => <ClaimRows of={newest.slice(0, show)} none={none} />}</View>
    </Panel>
  );
}

function Alerts({ code }: { code: string }) {
  const q = `org:${code} AND NOT status:closed AND suppressed:false`;
  const alerts = usePages<Alert>('/alerts', { q, at: at.value, limit: 8 });
  return (
    <Panel id="h-alerts" title={t('orgs.alerts')} more={<a class="more" href={linkAt(`/alerts?q=${encodeURIComponent(q)}`)}>{t('orgs.alerts.all', { n: alerts.first?.total ?? 0 })}</a>}>
      <View of={{ ...alerts, data: alerts.first }} what={t('orgs.alerts')} lines={4}>{(page) => (page.items.length === 0 ? <p class="none pad">{t('orgs.alerts.none')}</p> : (
        <ol class="claimlog alertlog">{page.items.map((a) => <li key={a.id}><When time={a.last} show={short} /><p><SeverityMark level={a.level} label={false} /> <a href={linkAt(`/alerts/${a.id}`)}>{visible(a.title)}</a> <span class="none mono">{visible(a.entity)}</span></p></li>)}</ol>))}</View>
    </Panel>
  );
}

function Sources({ code }: { code: string }) {
  const sources = useResource<Items<Source>>('/sources', { organisation: code });
  return (
    <Panel id="h-sources" title={t('orgs.sources')} more={<a class="more" href="/sources">{t('orgs.sources.all')}</a>}>
      <View of={sources} what={t('orgs.sources')} lines={3}>{(page) => (page.items.length === 0 ? <p class="none pad">{t('orgs.sources.none')}</p> : (
        <ul class="claimlog">{page.items.map((s) => (
          <li key={s.source}><span><When time={s.last_event} show={short} /></span><p><a href={`/sources/${encodeURIComponent(s.source)}`}>{visible(s.source)}</a> {t('orgs.source.events', { n: s.stored })}
            {s.state.startsWith('unknown') ? <> <i class="hatch" aria-hidden="true" /> <b>{t(s.last_event ? 'orgs.source.silent' : 'orgs.source.never')}</b></> : null}</p></li>))}</ul>))}</View>
    </Panel>
  );
}

const word = (claim: Claim, name: string): string => (typeof claim.value[name] === 'string' ? (claim.value[name] as string) : '');

/** A number or an address; a link where it can be called or written to at a click. */
function Address({ channel, address }: { channel: string; address: string }) {
  const dial = ['telephone', 'mobile', 'sms'].includes(channel) && /^\+?[\d ().-]{3,30}$/.test(address);
  const write = channel === 'mail' && /^[\w.+-]{1,64}@[\w.-]{1,190}$/.test(address);
  const text = <span class="mono">{visible(address)}</span>;
  return dial ? <a href={`${channel === 'sms' ? 'sms' : 'tel'}:${address.replace(/[^+\d]/g, '')}`}>{text}</a> : write ? <a href={`mailto:${address}`}>{text}</a> : text;
}

function Contacts({ code }: { code: string }) {
  const contacts = useResource<Items<Claim>>('/claims', { subject: `org:${code}`, topic: 'contact', at: at.value });
  const held = useResource<Items<Answer>>('/answers', { topic: 'contact', subject: `org:${code}`, at: at.value });
  return (
    <Panel id="h-contacts" title={t('orgs.contacts')}>
      <View of={held} what={t('orgs.contacts')} lines={3}>{(answers) => (
        <View of={contacts} what={t('orgs.contacts')} lines={3}>{(page) => {
          const current = new Set(answers.items.filter((a) => a.state !== 'ended').map((a) => a.claim));
          const list = page.items.filter((c) => current.has(c.id) && c.kind === 'contact').sort((a, b) => Number(a.value['order'] ?? 0) - Number(b.value['order'] ?? 0));
          return list.length === 0 ? <p class="none pad">{t('orgs.contacts.none')}</p> : (
            <ol class="claimlog">{list.map((c) => (
              <li key={c.id}><a href={`/claims/${c.id}`}>{tword('orgs.contact.role', word(c, 'role'))}</a>
                <p><b>{visible(word(c, 'name') || tword('orgs.contact.role', word(c, 'role')))}</b>, {t('orgs.contact.order', { n: Number(c.value['order'] ?? 0) })}<br />
                  <span class="none">{tword('orgs.contact.by', word(c, 'channel'))}</span> <Address channel={word(c, 'channel')} address={word(c, 'address')} />{word(c, 'hours') ? <span class="none">, {visible(word(c, 'hours'))}</span> : null}
                  {c.value['independent'] === true ? <> <span class="tag">{t('orgs.contact.independent')}</span></> : null}</p></li>))}</ol>);
        }}</View>)}</View>
    </Panel>
  );
}

function Delegations({ code }: { code: string }) {
  const inside = useResource<Items<Delegation>>('/delegations', { organisation: code, at: at.value });
  return (
    <Panel id="h-delegations" title={t('orgs.delegations')}>
      <View of={inside} what={t('orgs.delegations')} lines={2}>{(page) => (page.items.length === 0 ? <p class="none pad">{t('orgs.delegations.none')}</p> : (
        <ul class="claimlog">{page.items.map((d) => <li key={d.id}><a href={`/claims/${d.id}`}><When time={d.from} show={short} /></a><p>{org(d.to)} <span class="mono">{visible(d.right)}</span>{d.until ? <> {t('orgs.until', { time: full(d.until) })}</> : null}</p></li>)}</ul>))}</View>
    </Panel>
  );
}

export default function OneOrganisation() {
  const asked = variables.value['code'] ?? '';
  const one = useResource<Organisation>(`/organisations/${encodeURIComponent(asked)}`, { at: at.value });
  return (
    <>
      <AsOf />
      <div class="page organisations" key={asked}>
        <header class="pagehead"><h1>{one.data ? visible(one.data.name || one.data.code) : visible(asked)}</h1>{one.data ? <span class="none">{roleWord(one.data.role)}</span> : null}<a class="end" href={linkAt('/organisations')}>{t('orgs.back')}</a></header>
        <View of={one} what={t('title.organisation')} lines={10}>{(o) => (
          <div class="orgcols">
            <div>
              <Panel id="h-now" title={t('orgs.state.now')}>{may('claims.read') ? <Now code={o.counts_as} /> : <p class="none pad">{t('orgs.forbidden')}</p>}</Panel>
              {may('claims.read') ? <Claims code={o.counts_as} topic="status" id="h-history" title={t('orgs.history')} none={t('orgs.history.none')} show={30} /> : null}
              {may('findings.read') ? <Alerts code={o.code} /> : null}
              {may('claims.read') ? <Claims code={o.code} id="h-claims" title={t('orgs.claims')} none={t('orgs.claims.none')} show={20} /> : null}
            </div>
            <div>
              <Panel id="h-what" title={t('orgs.identity')}><Identity of={o} /></Panel>
              {may('claims.read') ? <Contacts code={o.code} /> : null}
              {may('sources.read') ? <Sources code={o.code} /> : null}
              {may('delegation.read') ? <Delegations code={o.code} /> : null}
            </div>
          </div>)}</View>
      </div>
    </>
  );
}
