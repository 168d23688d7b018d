// The audit trail: who changed what, who signed in, who read another organisation's data.
import { useEffect, useMemo } from 'preact/hooks';
import { now } from '../../core/clock';
import { second, day, visible } from '../../core/format';
import { t } from '../../core/messages';
import { usePages } from '../../core/resource';
import { query, setQuery } from '../../core/router';
import { Select } from '../../ui/form';
import { Empty, View, When } from '../../ui/states';
import { useNames, useUsers, type AuditEntry, type User } from './types';

/** "user:K7QM-2F9A-XHP3" as a name. */
function Who({ of, names }: { of: string; names: ReadonlyMap<string, User> }) {
  if (of === 'system:cordon') return <span class="none">{t('audit.machine')}</span>;
  const [kind = '', id = ''] = of.split(/:(.*)/s);
  const user = kind === 'user' ? names.get(id) : undefined;
  return user ? <a href={`/admin/audit?claimant=${of}`} title={of}>{visible(user.name)}</a> : <span class="mono">{visible(of)}</span>;
}

const word = (entry: AuditEntry, name: string): string => (typeof entry.value[name] === 'string' ? (entry.value[name] as string) : '');

/** What of the entry has no column of its own. */
function rest(entry: AuditEntry): string {
  return Object.entries(entry.value).filter(([name, value]) => !['verb', 'target', 'address', 'outcome'].includes(name) && value !== '')
    .map(([name, value]) => `${name}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`).join(', ');
}

const DAYS = ['1', '7', '30', 'all'];
const SHOWN_MAX = 3000;

export function Audit() {
  const claimant = query.value.get('claimant') ?? '';
  const subject = query.value.get('subject') ?? '';
  const days = DAYS.includes(query.value.get('days') ?? '') ? query.value.get('days')! : '7';
  // To the minute, so that the address stays the same while one looks.
  const from = useMemo(() => (days === 'all' ? '' : new Date(Math.floor(now() / 60000) * 60000 - Number(days) * 86400000).toISOString()), [days]);
  const list = usePages<AuditEntry>('/audit', { claimant, subject, from, limit: 500 });
  // The API gives them as they were recorded; newest first they can be shown once they are here.
  const whole = list.first !== undefined && !list.more;
  useEffect(() => { if (list.more && list.items.length < SHOWN_MAX) list.loadMore(); }, [list.items.length, list.more]);
  const shown = useMemo(() => (whole ? [...list.items].reverse() : list.items), [list.items, whole]);
  const users = useUsers();
  const names = useNames(users.items);
  const people = users.items.map((u) => [`user:${u.user}`, `${u.name} (${u.login})`] as const);
  const given = (value: string): (readonly [string, string])[] => (value && !people.some(([id]) => id === value) ? [[value, value] as const] : []);
  return (
    <>
      <p class="lead">{t('audit.lead')}</p>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <Select label={t('audit.filter.who')} name="claimant" value={claimant} onChange={(event) => setQuery({ claimant: event.currentTarget.value })} options={[['', t('audit.anybody')], ...given(claimant), ...people]} />
        <Select label={t('audit.filter.subject')} name="subject" value={subject} onChange={(event) => setQuery({ subject: event.currentTarget.value })} options={[['', t('audit.anything')], ...given(subject), ...people]} />
        <Select label={t('audit.period')} name="days" value={days} onChange={(event) => setQuery({ days: event.currentTarget.value })} options={[['1', t('audit.period.1')], ['7', t('audit.period.7')], ['30', t('audit.period.30')], ['all', t('audit.period.all')]]} />
      </form>
      <View of={{ ...list, data: list.first }} what={t('admin.audit')}>{() => (list.items.length === 0 && !list.more
        ? <Empty title={t('audit.none')}>{claimant || subject ? <p>{t('audit.none.filtered')} <a href="/admin/audit?days=all">{t('do.clear')}</a></p> : null}</Empty>
        : (
          <div class="tablewrap" tabIndex={0} role="region" aria-label={t('admin.audit')}>
            <table class="list audit">
              <thead><tr><th scope="col">{t('audit.time')}</th><th scope="col">{t('audit.who')}</th><th scope="col">{t('audit.what')}</th><th scope="col">{t('audit.whom')}</th><th scope="col">{t('audit.from')}</th><th scope="col">{t('audit.hash')}</th></tr></thead>
              <tbody>{shown.map((entry) => (
                <tr key={entry.id}>
                  <td class="nowrap"><When time={entry.recorded} show={(time) => `${day(time)} ${second(time)}`} /></td>
                  <td><Who of={entry.claimant} names={names} /></td>
                  <th scope="row">{word(entry, 'verb') || entry.kind}{['', 'done'].includes(word(entry, 'outcome')) ? null : <span class="tag bad">{word(entry, 'outcome')}</span>}{rest(entry) ? <small class="none">{visible(rest(entry))}</small> : null}</th>
                  <td><Who of={entry.subject} names={names} /></td>
                  <td class="mono">{visible(word(entry, 'address'))}</td>
                  <td class="mono none" title={entry.hash}>{entry.hash.slice(0, 10)}</td>
                </tr>))}</tbody>
            </table>
          </div>))}</View>
      <p class="actions" role="status"><span class="none">{t('audit.count', { n: list.items.length })}{whole ? '' : ` ${t('audit.unfinished')}`}</span>
        {list.more ? <button type="button" class="btn sm" onClick={list.loadMore}>{t('do.more')}</button> : null}</p>
    </>
  );
}
