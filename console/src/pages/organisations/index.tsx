// Organisations: who there is, and how each is, as known at one time.
import { useMemo } from 'preact/hooks';
import { at, linkAt } from '../../core/asof';
import { short, visible } from '../../core/format';
import { t, tword } from '../../core/messages';
import { usePages, useResource } from '../../core/resource';
import { query, setQuery } from '../../core/router';
import { may } from '../../core/session';
import { AsOf } from '../../ui/asof';
import { StateMark } from '../../ui/marks';
import { Empty, Failure, Skeleton, When } from '../../ui/states';
import { STATES, rank, type Member, type Picture } from '../picture/types';
import { roleWord, type Organisation } from './types';

const ROLES = ['trust', 'hospital', 'practice', 'region'];
interface Row { code: string; name: string; role: string; region: string; state: string; since: string | null; claim: string | null; open: boolean }

/** Names come from the list, states from the picture; who is in no picture is in none. */
function rowsOf(list: readonly Organisation[], picture: Picture | undefined): Row[] {
  const states = new Map<string, Member>();
  const regions = new Map<string, string>();
  for (const area of picture?.areas ?? []) {
    if (area.code) regions.set(area.code, area.name);
    for (const member of area.organisations) states.set(member.code, member);
  }
  return list.map((o) => {
    const now = states.get(o.counts_as) ?? states.get(o.code);
    return { code: o.code, name: o.name, role: o.role, region: o.region ? regions.get(o.region) ?? o.region : '', state: now?.state ?? 'unknown', since: now?.since ?? null, claim: now?.claim ?? null, open: o.open };
  });
}
const membersOf = (picture: Picture): Row[] => picture.areas.flatMap((a) => a.organisations.map((m) => ({ code: m.code, name: m.name, role: m.role, region: a.name, state: m.state, since: m.since, claim: m.claim, open: true })));

function Table({ rows }: { rows: readonly Row[] }) {
  return (
    <div class="tablewrap" tabIndex={0} role="region" aria-label={t('title.organisations')}>
      <table class="list">
        <thead><tr><th scope="col">{t('orgs.name')}</th><th scope="col">{t('orgs.state')}</th><th scope="col">{t('orgs.since')}</th><th scope="col">{t('orgs.code')}</th><th scope="col">{t('orgs.role')}</th><th scope="col">{t('orgs.region')}</th></tr></thead>
        <tbody>{rows.map((r) => (
          <tr key={r.code}><th scope="row"><a href={linkAt(`/organisations/${encodeURIComponent(r.code)}`)}>{visible(r.name || r.code)}</a>{r.open ? null : <> <span class="tag off">{t('orgs.closed')}</span></>}</th>
            <td><StateMark state={r.state} /></td><td class="nowrap">{r.claim ? <a href={`/claims/${r.claim}`}><When time={r.since} show={short} /></a> : <span class="none">–</span>}</td>
            <td class="mono">{visible(r.code)}</td><td>{roleWord(r.role)}</td><td>{r.region ? visible(r.region) : <span class="none">–</span>}</td></tr>))}</tbody>
      </table>
    </div>
  );
}

function Filters({ role, region, state, text, picture }: { role: string; region: string; state: string; text: string; picture: Picture | undefined }) {
  const counts = picture?.roles.filter((r) => role === 'all' || r.role === role).reduce<Record<string, number>>((sum, r) => {
    for (const [name, n] of Object.entries(r.states)) sum[name] = (sum[name] ?? 0) + n;
    return sum;
  }, {}) ?? {};
  const roles = [...new Set([...ROLES, ...(picture?.roles.map((r) => r.role) ?? []), ...(role && role !== 'all' ? [role] : [])])];
  return (
    <form class="orgfilter" role="search" onSubmit={(event) => event.preventDefault()}>
      <label>{t('orgs.text')} <input type="search" value={text} maxLength={128} onChange={(event) => setQuery({ text: event.currentTarget.value.trim() })} /></label>
      <label>{t('orgs.role')} <select value={role} onChange={(event) => setQuery({ role: event.currentTarget.value, state })}><option value="all">{t('orgs.all')}</option>{roles.map((r) => <option key={r} value={r}>{roleWord(r)}</option>)}</select></label>
      <label>{t('orgs.state')} <select value={state} onChange={(event) => setQuery({ state: event.currentTarget.value })}><option value="">{t('orgs.any')}</option>{STATES.map((s) => <option key={s} value={s}>{tword('orgstate', s)}{counts[s] ? ` (${counts[s]})` : ''}</option>)}</select></label>
      <label>{t('orgs.region')} <select value={region} onChange={(event) => setQuery({ region: event.currentTarget.value })}><option value="">{t('orgs.any')}</option>{[...new Map([...(picture?.areas.filter((a) => a.code).map((a) => [a.code, a.name] as const) ?? []), ...(region && !picture?.areas.some((a) => a.code === region) ? [[region, region] as const] : [])])].map(([code, name]) => <option key={code} value={code}>{visible(name || code)}</option>)}</select></label>
      {text || state || region ? <button type="button" class="btn sm" onClick={() => setQuery({ text: null, state: null, region: null })}>{t('do.clear')}</button> : null}
    </form>
  );
}

export default function Organisations() {
  const asked = query.value;
  const state = asked.get('state') ?? '';
  const region = asked.get('region') ?? '';
  const text = asked.get('text') ?? '';
  const sees = may('figures.read');
  const picture = useResource<Picture>(sees ? '/picture' : null, { at: at.value, role: asked.get('role') });
  // Without a role asked for, the picture says whose states it shows.
  const role = asked.get('role') || picture.data?.role || 'all';
  const ready = !sees || picture.data !== undefined || picture.error !== undefined;
  const list = usePages<Organisation>(state && sees ? null : ready ? '/organisations' : null, { at: at.value, role: role === 'all' ? null : role, region, text, limit: 200 });
  const low = text.toLowerCase();
  const rows = useMemo(() => {
    const all = state && sees ? (picture.data ? membersOf(picture.data) : []) : rowsOf(list.items, picture.data);
    const area = picture.data?.areas.find((a) => a.code === region)?.name;
    return all.filter((r) => (!state || r.state === state) && (!(state && sees) || ((!region || r.region === area) && (!low || r.name.toLowerCase().includes(low) || r.code.toLowerCase().startsWith(low)))))
      .sort((a, b) => (state && sees ? rank(a.state) - rank(b.state) || a.name.localeCompare(b.name) : 0));
  }, [state, region, low, picture.data, list.items, sees]);
  const error = state && sees ? picture.error : list.error ?? undefined;
  const waits = state && sees ? picture.data === undefined : list.first === undefined;
  return (
    <>
      <AsOf />
      <div class="page organisations">
        <header class="pagehead"><h1>{t('title.organisations')}</h1>{waits ? null : <span class="none" role="status">{t(list.more ? 'orgs.count.more' : 'orgs.count', { n: rows.length })}</span>}</header>
        <Filters role={role} region={region} state={state} text={text} picture={picture.data} />
        {picture.error && !(state && sees) ? <Failure what={t('orgs.states')} error={picture.error} retry={picture.reload} /> : null}
        {error && rows.length === 0 ? <Failure what={t('title.organisations')} error={error} retry={state && sees ? picture.reload : list.reload} />
          : waits ? <Skeleton lines={12} />
            : rows.length === 0 ? <Empty title={t('orgs.none')}><p>{t('orgs.none.text')}</p></Empty> : <Table rows={rows} />}
        {list.more && !(state && sees) ? <p class="actions"><button type="button" class="btn" onClick={list.loadMore}>{t('do.more')}</button></p> : null}
      </div>
    </>
  );
}
