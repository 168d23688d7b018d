// Parts of an incident: its tasks, decisions, organisations and what belongs to it.
import { linkAt } from '../../core/asof';
import { ago, full, number, short, visible } from '../../core/format';
import { t, tword } from '../../core/messages';
import { StateMark } from '../../ui/marks';
import { Menu } from '../../ui/menu';
import { Who } from '../../ui/org';
import { When } from '../../ui/states';
import type { Decision, Detail, Entry, Task } from './types';

/** Says it at once, or asks for the rest of it first. */
export interface Says { now: (entry: Entry) => void; ask: (kind: 'owner' | 'unlink' | 'status', base: Entry, what: string) => void }

const TASK_STATES = ['open', 'doing', 'done', 'dropped'] as const;
function History({ of }: { of: Task }) {
  return of.history.length < 2 ? null : (
    <details class="past"><summary>{t('incidents.history', { n: of.history.length })}</summary>
      <ol>{of.history.map((h) => <li key={h.claim}><a href={`/claims/${h.claim}`}>{short(h.time)}</a> {tword('incidents.task', h.state)} <span class="none">{visible(h.who_name ?? h.who)}{h.reason ? `: ${visible(h.reason)}` : ''}</span></li>)}</ol></details>
  );
}

export function Tasks({ of, asOf, says }: { of: Task[]; asOf: string; says: Says | null }) {
  if (of.length === 0) return <p class="none">{t('incidents.tasks.none')}</p>;
  const late = (x: Task): boolean => x.due !== null && (x.state === 'open' || x.state === 'doing') && x.due < asOf;
  return (
    <div class="tablewrap" tabIndex={0} role="group" aria-label={t('incidents.tasks')}><table class="list">
      <thead><tr><th scope="col">{t('incidents.member.title')}</th><th scope="col">{t('incidents.member.sort')}</th><th scope="col">{t('incidents.owner')}</th><th scope="col">{t('incidents.member.due')}</th><th scope="col">{t('incidents.state')}</th></tr></thead>
      <tbody>{of.map((x) => {
        const owner = x.owner ? visible(x.owner_name ?? x.owner) : t('who.nobody');
        return (
          <tr key={x.task}><th scope="row"><a href={`/claims/${x.claim}`}>{visible(x.title)}</a><History of={x} /></th><td>{tword('incidents.sort', x.sort)}</td>
            <td>{says ? <button type="button" class="lnk" onClick={() => says.ask('owner', { kind: 'task', task: x.task }, x.title)}>{owner}<span class="vh">, {t('incidents.entry.owner')}: {visible(x.title)}</span></button> : <span class={x.owner ? undefined : 'none'}>{owner}</span>}</td>
            <td class="nowrap"><When time={x.due} show={short} />{late(x) ? <> <span class="tag bad">{t('incidents.late')}</span></> : null}</td>
            <td>{says ? <Menu cls="btn sm" items={TASK_STATES.filter((s) => s !== x.state).map((s) => ({ label: tword('incidents.task', s), act: () => says.now({ kind: 'task', task: x.task, state: s }) }))}>{tword('incidents.task', x.state)}<span class="vh">, {visible(x.title)}</span></Menu> : tword('incidents.task', x.state)}</td></tr>);
      })}</tbody></table></div>
  );
}

export function Decisions({ of }: { of: Decision[] }) {
  if (of.length === 0) return <p class="none">{t('incidents.decisions.none')}</p>;
  const list = (title: string, items: readonly string[]) => (items.length === 0 ? null : <div class="of"><b>{title}</b><ul>{items.map((text) => <li key={text}>{visible(text)}</li>)}</ul></div>);
  return (
    <ol class="decisions">
      {of.map((d) => (
        <li key={d.claim} class={d.replaced_by ? 'gone' : undefined}><h2>{d.number ? `${number(d.number)}. ` : ''}{visible(d.what)}</h2><p>{visible(d.why)}</p>
          {list(t('incidents.member.options'), d.options)}{list(t('incidents.member.basis'), d.basis)}
          <p class="none">{visible(d.who_name ?? d.who)}, <a href={`/claims/${d.claim}`}>{full(d.time)}</a>{d.replaced_by ? <>, <a href={`/claims/${d.replaced_by}`}>{t('incidents.replaced')}</a></> : null}</p></li>))}
    </ol>
  );
}

const HEARD = 8;
/** All of them; in brief those heard of last. */
export function Members({ of, says, brief = false }: { of: Detail; says: Says | null; brief?: boolean }) {
  if (of.organisations.length === 0) return <p class="none">{t('incidents.organisations.none')}</p>;
  const rows = brief ? [...of.organisations].sort((a, b) => (b.last_word ?? '').localeCompare(a.last_word ?? '')).slice(0, HEARD) : of.organisations;
  return (
    <>{rows.length < of.organisations.length ? <p class="none"><a href={linkAt(`/incidents/${of.id}/organisations`)}>{t('incidents.heardlast', { show: rows.length, n: of.organisations.length })}</a></p> : null}
    <div class="tablewrap" tabIndex={0} role="group" aria-label={t('incidents.organisations')}><table class="list">
      <thead><tr><th scope="col">{t('incidents.organisation')}</th><th scope="col">{t('incidents.how')}</th><th scope="col">{t('incidents.since')}</th><th scope="col">{t('incidents.lastword')}</th>{says ? <th scope="col"><span class="vh">{t('incidents.entry.status')}</span></th> : null}</tr></thead>
      <tbody>{rows.map((o) => (
        <tr key={o.code}><th scope="row"><a href={linkAt(`/organisations/${o.code}`)} title={o.code}>{visible(o.name ?? o.code)}</a>{o.was_infected && o.state !== 'infected' ? <> <span class="tag">{t('incidents.wasinfected')}</span></> : null}</th><td><StateMark state={o.state} /></td>
          <td>{o.claim ? <a href={`/claims/${o.claim}`}>{short(o.since)}</a> : <When time={o.since} show={short} />}</td>
          <td>{o.last_word ? <>{o.last_claim ? <a href={`/claims/${o.last_claim}`}>{ago(o.last_word, Date.parse(of.as_of))}</a> : ago(o.last_word, Date.parse(of.as_of))} {o.last_who ? <span class="none"><Who of={o.last_who} plain /></span> : null}</> : <span class="none"><i class="hatch" aria-hidden="true" /> {t('incidents.silent')}</span>}</td>
          {says ? <td class="do"><button type="button" class="btn sm" onClick={() => says.ask('status', { kind: '', member: o.code }, '')}>{t('incidents.say')}<span class="vh"> {visible(o.name ?? o.code)}</span></button></td> : null}</tr>))}
      </tbody></table></div></>
  );
}

const PLACES: Record<string, (id: string) => string> = {
  alert: (id) => `/alerts/${id}`, cluster: (id) => `/spread/${id}`, evidence: (id) => `/hunt?q=${encodeURIComponent(`id:${id}`)}`, organisation: (id) => `/organisations/${id}`, claim: (id) => `/claims/${id}`,
};
export function Links({ of, says }: { of: Detail; says: Says | null }) {
  if (of.links.length === 0) return <p class="none">{t('incidents.links.none')}</p>;
  return (
    <div class="tablewrap" tabIndex={0} role="group" aria-label={t('incidents.evidence')}><table class="list">
      <thead><tr><th scope="col">{t('incidents.kind')}</th><th scope="col">{t('incidents.what')}</th><th scope="col">{t('incidents.linked')}</th>{says ? <th scope="col"><span class="vh">{t('incidents.unlink')}</span></th> : null}</tr></thead>
      <tbody>{of.links.map((l) => (
        <tr key={l.kind + l.id}><td>{tword('incidents.link', l.kind)}</td><th scope="row">{PLACES[l.kind] ? <a href={linkAt(PLACES[l.kind]!(l.id))}>{l.title ? visible(l.title) : <span class="mono">{l.id}</span>}</a> : visible(l.title ?? l.id)} {l.title ? <span class="mono none">{l.id}</span> : null}{l.reason ? <small class="none">{visible(l.reason)}</small> : null}</th>
          <td><a href={`/claims/${l.claim}`}>{short(l.linked)}</a> <span class="none">{visible(l.who_name ?? l.who)}</span></td>
          {says ? <td class="do"><button type="button" class="btn sm" onClick={() => says.ask('unlink', { kind: 'unlink', links: [{ kind: l.kind, id: l.id }] }, l.title ?? l.id)}>{t('incidents.unlink')}<span class="vh"> {l.title ?? l.id}</span></button></td> : null}</tr>))}
      </tbody></table></div>
  );
}
