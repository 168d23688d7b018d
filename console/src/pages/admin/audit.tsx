// The audit trail, newest first: who changed what, who signed in, who read another organisation's data.
import { useEffect, useMemo, useState } from 'preact/hooks';
import { get, type Page } from '../../core/api';
import { now } from '../../core/clock';
import { day, second, visible } from '../../core/format';
import { t, tword } from '../../core/messages';
import { orgName } from '../../core/names';
import { usePages } from '../../core/resource';
import { query, setQuery } from '../../core/router';
import { may } from '../../core/session';
import { Field, Select } from '../../ui/form';
import { Org } from '../../ui/org';
import { Empty, View, When } from '../../ui/states';
import { useNames, useUsers, type AuditEntry, type User } from './types';

/** "user:K7QM-2F9A-XHP3", "org:RXA" as names; `by` is the filter that a name leads to. */
function Who({ of, names, by }: { of: string; names: ReadonlyMap<string, User>; by: 'claimant' | 'subject' }) {
  if (of === 'system:cordon') return <span class="none">{t(by === 'claimant' ? 'audit.machine' : 'audit.whole')}</span>;
  const [kind = '', id = ''] = of.split(/:(.*)/s);
  const user = kind === 'user' ? names.get(id) : undefined;
  if (kind === 'org') return <Org code={id} />;
  return user ? <a href={`/admin/audit?${by}=${of}`} title={`${user.login} ${of}`}>{visible(user.name)}</a> : <span class="mono">{visible(of)}</span>;
}

const member = (entry: AuditEntry, name: string): string => (typeof entry.value[name] === 'string' ? (entry.value[name] as string) : '');
/** What was done: the accounts' word for it, else the API's; "audit.sign_in" when the entry has none. */
const verbOf = (entry: AuditEntry): string => member(entry, 'verb') || entry.kind;
export const verbWord = (verb: string): string => {
  const found = tword('audit.verb', verb);
  return found === verb ? tword('audit.kind', verb) : found;
};

const SHOWN = ['verb', 'target', 'address', 'outcome', 'reason'];
/** What of the entry has no column of its own. */
function rest(entry: AuditEntry): string {
  const reason = member(entry, 'reason');
  const target = member(entry, 'target');
  return [
    target !== '' && target !== '-' && target !== entry.subject ? target : '',
    reason === 'of several organisations' ? t('audit.reason.several') : reason,
    ...Object.entries(entry.value).filter(([name, value]) => !SHOWN.includes(name) && value !== '').map(([name, value]) => name === 'organisation' ? t('audit.of', { name: orgName(String(value)) }) : `${name}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`),
  ].filter(Boolean).join(', ');
}

const KINDS = ['audit.change', 'audit.read', 'audit.sign_in'] as const;
const DAYS = ['1', '7', '30', 'all', 'own'] as const;
/** So many entries are looked through for a sort or a verb before one is asked whether to go on. */
const STEP = 3000;
const local = (time: string | null): string => (time && !Number.isNaN(Date.parse(time)) ? new Date(Date.parse(time) - new Date(time).getTimezoneOffset() * 60000).toISOString().slice(0, 16) : '');
const instant = (value: string): string | null => (value ? new Date(value).toISOString() : null);

/** An organisation by its name or code, chosen from those that fit. */
function Organisation({ subject }: { subject: string }) {
  const [text, setText] = useState('');
  const [found, setFound] = useState<readonly { code: string; name: string }[]>([]);
  useEffect(() => {
    if (text.length < 2 || !may('organisations.read')) return undefined;
    const abort = new AbortController();
    get<Page<{ code: string; name: string }>>('/organisations', { text, limit: 12 }, { signal: abort.signal }).then((page) => setFound(page.items), () => undefined);
    return () => abort.abort();
  }, [text]);
  const choose = (value: string): void => {
    const one = found.find((o) => o.code === value || o.name === value);
    if (one || value === '') setQuery({ subject: one ? `org:${one.code}` : null });
  };
  return (
    <Field label={t('audit.filter.organisation')} name="organisation" optional type="search" autocomplete="off" list="audit-organisations" value={text || (subject.startsWith('org:') ? subject.slice(4) : '')}
      onInput={(event) => setText(event.currentTarget.value)} onChange={(event) => choose(event.currentTarget.value.trim())}>
      <datalist id="audit-organisations">{found.map((o) => <option key={o.code} value={o.code}>{visible(o.name)}</option>)}</datalist>
    </Field>
  );
}

export function Audit() {
  const asked = query.value;
  const claimant = asked.get('claimant') ?? '';
  const subject = asked.get('subject') ?? '';
  const kind = asked.get('kind') ?? '';
  const verb = asked.get('verb') ?? '';
  const days = asked.get('from') || asked.get('to') ? 'own' : DAYS.find((d) => d === asked.get('days')) ?? '7';
  // To the minute, so that the address stays the same while one looks.
  const from = useMemo(() => (days === 'all' ? '' : days === 'own' ? asked.get('from') ?? '' : new Date(Math.floor(now() / 60000) * 60000 - Number(days) * 86400000).toISOString()), [days, asked.get('from')]);
  const to = days === 'own' ? asked.get('to') ?? '' : '';
  const list = usePages<AuditEntry>('/audit', { order: 'newest', claimant, subject, from, to, limit: 200 });
  const shown = useMemo(() => list.items.filter((e) => (!kind || e.kind === kind) && (!verb || verbOf(e) === verb)), [list.items, kind, verb]);
  // Sort and verb are looked for among what has come: further pages come until some fit.
  const [until, setUntil] = useState(STEP);
  useEffect(() => setUntil(STEP), [kind, verb, claimant, subject, from, to]);
  const looks = (kind !== '' || verb !== '') && list.more && shown.length < 100 && list.items.length < until;
  useEffect(() => { if (looks) list.loadMore(); }, [looks, list.items.length]);
  const users = useUsers();
  const names = useNames(users.items);
  const people = users.items.map((u) => [`user:${u.user}`, `${u.name} (${u.login})`] as const);
  const given = (value: string): (readonly [string, string])[] => (value && !value.startsWith('org:') && !people.some(([id]) => id === value) ? [[value, value] as const] : []);
  const verbs = useMemo(() => [...new Set([...list.items.map(verbOf), ...(verb ? [verb] : [])])].map((v) => [v, verbWord(v)] as const).sort((a, b) => a[1].localeCompare(b[1])), [list.items, verb]);
  const filtered = claimant || subject || kind || verb || to;
  return (
    <>
      <p class="lead">{t('audit.lead')}</p>
      <form class="filters" role="search" aria-label={t('admin.audit')} onSubmit={(event) => event.preventDefault()}>
        <Select label={t('audit.filter.who')} name="claimant" value={claimant} onChange={(event) => setQuery({ claimant: event.currentTarget.value })} options={[['', t('audit.anybody')], ...given(claimant), ...people]} />
        <Select label={t('audit.kind')} name="kind" value={kind} onChange={(event) => setQuery({ kind: event.currentTarget.value, verb: null })} options={[['', t('audit.anykind')], ...KINDS.map((k) => [k, t(`audit.kind.${k}`)] as const)]} />
        <Select label={t('audit.filter.verb')} name="verb" value={verb} onChange={(event) => setQuery({ verb: event.currentTarget.value })} options={[['', t('audit.anyverb')], ...verbs]} />
        <Select label={t('audit.filter.subject')} name="subject" value={subject.startsWith('org:') ? '' : subject} onChange={(event) => setQuery({ subject: event.currentTarget.value })} options={[['', t('audit.anything')], ...given(subject), ...people]} />
        <Organisation key={subject} subject={subject} />
        <Select label={t('audit.period')} name="days" value={days} onChange={(event) => setQuery(event.currentTarget.value === 'own' ? { days: null, from, to: new Date(now()).toISOString() } : { days: event.currentTarget.value, from: null, to: null })} options={DAYS.map((d) => [d, t(`audit.period.${d}`)] as const)} />
        {days === 'own' ? (
          <>
            <Field label={t('audit.filter.from')} name="from" type="datetime-local" optional value={local(asked.get('from'))} onChange={(event) => setQuery({ from: instant(event.currentTarget.value) })} />
            <Field label={t('audit.filter.to')} name="to" type="datetime-local" optional value={local(asked.get('to'))} onChange={(event) => setQuery({ to: instant(event.currentTarget.value) })} />
          </>) : null}
      </form>
      {filtered ? <p class="actions"><a class="btn sm" href="/admin/audit">{t('do.clear')}</a></p> : null}
      <View of={{ ...list, data: list.first }} what={t('admin.audit')}>{() => (shown.length === 0 && !looks
        ? <Empty title={t('audit.none')}>{filtered ? <p>{t('audit.none.filtered')}</p> : null}</Empty>
        : (
          <div class="tablewrap" tabIndex={0} role="region" aria-label={t('admin.audit')}>
            <table class="list audit">
              <thead><tr><th scope="col">{t('audit.time')}</th><th scope="col">{t('audit.who')}</th><th scope="col">{t('audit.what')}</th><th scope="col">{t('audit.whom')}</th><th scope="col">{t('audit.from')}</th><th scope="col">{t('audit.hash')}</th></tr></thead>
              <tbody>{shown.map((entry) => (
                <tr key={entry.id}>
                  <td class="nowrap"><a href={`/claims/${entry.id}`}><When time={entry.recorded} show={(time) => `${day(time)} ${second(time)}`} /></a></td>
                  <td><Who of={entry.claimant} names={names} by="claimant" /></td>
                  <th scope="row"><span title={verbOf(entry)}>{visible(verbWord(verbOf(entry)))}</span>{['', 'done'].includes(member(entry, 'outcome')) ? null : <span class="tag bad">{tword('audit.outcome', member(entry, 'outcome'))}</span>}{rest(entry) ? <small class="none">{visible(rest(entry))}</small> : null}</th>
                  <td><Who of={entry.subject} names={names} by="subject" /></td>
                  <td class="mono">{visible(member(entry, 'address'))}</td>
                  <td class="mono none" title={entry.hash}>{entry.hash.slice(0, 10)}</td>
                </tr>))}</tbody>
            </table>
          </div>))}</View>
      {list.first ? <p class="actions" role="status"><span class="none">{t('audit.count', { n: shown.length })}{kind || verb ? ` ${t('audit.looked', { n: list.items.length })}` : ''}</span>
        {list.more && !looks ? <button type="button" class="btn sm" onClick={() => { setUntil(list.items.length + STEP); list.loadMore(); }}>{t('do.more')}</button> : null}</p> : null}
    </>
  );
}
