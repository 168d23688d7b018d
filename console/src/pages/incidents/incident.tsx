// One incident: what it is, what happened in its four lanes, who does what, what was decided and
// why, how its organisations are; as known at any time.
import { useState } from 'preact/hooks';
import { at, linkAt } from '../../core/asof';
import { newKey, post } from '../../core/api';
import { ago, duration, full, number, short, visible } from '../../core/format';
import { t, tword, type Key } from '../../core/messages';
import { usePages, useResource } from '../../core/resource';
import { query, setQuery, variables } from '../../core/router';
import { may } from '../../core/session';
import { AsOf } from '../../ui/asof';
import { Dialog } from '../../ui/dialog';
import { Field, Select, Summary, TextArea, faultsOf, type Faults } from '../../ui/form';
import { StateMark } from '../../ui/marks';
import { Menu } from '../../ui/menu';
import { View, When } from '../../ui/states';
import { toast } from '../../ui/toast';
import { LANES, PARTS, type Decision, type Detail, type Entry, type Item, type Span, type Task } from './types';

type Say = (entry: Entry) => Promise<boolean>;

/** A form for one kind of entry; what the server finds wrong stands at its field. */
function EntryDialog({ kind, fields, say, onClose }: { kind: string; fields: readonly (readonly [string, 'text' | 'area' | 'time' | readonly string[], boolean])[]; say: (entry: Entry) => Promise<void>; onClose: () => void }) {
  const [form, setForm] = useState<Record<string, string>>(() => Object.fromEntries(fields.filter(([, type]) => Array.isArray(type)).map(([name, type]) => [name, (type as readonly string[])[0]!])));
  const [faults, setFaults] = useState<Faults>({});
  const send = (event: Event): void => {
    event.preventDefault();
    const entry: Entry = { kind };
    for (const [name, type] of fields) {
      const value = form[name]?.trim();
      if (value) entry[name] = type === 'time' ? new Date(value).toISOString() : value;
    }
    say(entry).then(onClose, (error: unknown) => setFaults(faultsOf(error)));
  };
  const set = (name: string) => (event: { currentTarget: { value: string } }): void => setForm({ ...form, [name]: event.currentTarget.value });
  return (
    <Dialog title={t(`incidents.entry.${kind}` as Key)} onClose={onClose}>
      <form onSubmit={send}>
        <Summary faults={faults} />
        {fields.map(([name, type, needed]) => {
          const label = t(`incidents.member.${name}` as Key);
          const rest = { label, name, fault: faults[name], optional: !needed };
          if (Array.isArray(type)) return <Select key={name} {...rest} value={form[name] ?? ''} options={type.map((w: string) => [w, tword(`incidents.${name}`, w)] as const)} onChange={set(name)} />;
          if (type === 'area') return <TextArea key={name} {...rest} value={form[name] ?? ''} maxLength={4000} onInput={set(name)} />;
          return <Field key={name} {...rest} type={type === 'time' ? 'datetime-local' : 'text'} value={form[name] ?? ''} maxLength={256} onInput={set(name)} />;
        })}
        <p class="actions"><button type="submit" class="btn pri">{t('incidents.record')}</button><button type="button" class="btn" onClick={onClose}>{t('do.cancel')}</button></p>
      </form>
    </Dialog>
  );
}
const ENTRIES: Record<string, readonly (readonly [string, 'text' | 'area' | 'time' | readonly string[], boolean])[]> = {
  note: [['text', 'area', true], ['lane', ['us', 'attack', 'hospital', 'care'], true]],
  decision: [['what', 'area', true], ['why', 'area', true], ['who', 'text', false]],
  task: [['title', 'text', true], ['sort', ['action', 'decision', 'enquiry'], true], ['due', 'time', false]],
  phase: [['phase', ['detected', 'acknowledged', 'decided', 'contained', 'recovered'], true], ['reason', 'area', false]],
  'stand-down': [['reason', 'area', true]],
  merge: [['into', 'text', true], ['reason', 'area', false]],
};

function Kpi({ name, of }: { name: 'detect' | 'acknowledge' | 'decide' | 'contain'; of: Span }) {
  const basis = (m: Span['from']) => (m.claim ? <a href={`/claims/${m.claim}`}>{short(m.time)}</a> : m.alert ? <a href={linkAt(`/alerts/${m.alert}`)}>{short(m.time)}</a> : m.time ? short(m.time) : '–');
  return (
    <div class="kpi"><dt>{t(`incidents.kpi.${name}`)}</dt>
      <dd>{of.seconds === null ? <span class="none"><i class="hatch" aria-hidden="true" /> {t('incidents.notyet')}</span> : <b>{duration(of.seconds)}</b>}<span class="none">{basis(of.from)} → {basis(of.to)}</span></dd></div>
  );
}

function Lanes({ items }: { items: Item[] }) {
  const times = items.map((i) => Date.parse(i.time));
  const from = Math.min(...times);
  const to = Math.max(...times, from + 1);
  const x = (time: string): number => 96 + ((Date.parse(time) - from) / (to - from)) * 690;
  return (
    <svg class="lanes" viewBox="0 0 800 132" role="img" aria-label={t('incidents.lanes', { n: items.length, from: full(from), to: full(to) })}>
      {LANES.map((lane, i) => (
        <g key={lane}><text x="4" y={24 + i * 30}>{tword('incidents.lane', lane)}</text><line x1="92" x2="796" y1={20 + i * 30} y2={20 + i * 30} />
          {items.filter((item) => item.lane === lane).slice(0, 400).map((item, k) => <circle key={k} cx={x(item.time)} cy={20 + i * 30} r="4" class={`l-${lane}`}><title>{`${short(item.time)} ${item.text}`}</title></circle>)}</g>))}
      <text x="92" y="130">{short(from)}</text><text x="796" y="130" text-anchor="end">{short(to)}</text>
    </svg>
  );
}

function Story({ id }: { id: string }) {
  const lane = query.value.get('lane');
  const items = usePages<Item>(`/incidents/${id}/timeline`, { at: at.value, lane: lane ?? undefined, limit: 500 });
  return (
    <>
      <div class="seg" role="group" aria-label={t('incidents.member.lane')}>{['', ...LANES].map((l) => <button type="button" key={l} aria-pressed={(lane ?? '') === l} onClick={() => setQuery({ lane: l || null })}>{l ? tword('incidents.lane', l) : t('incidents.lane.all')}</button>)}</div>
      {items.items.length > 1 ? <Lanes items={items.items} /> : null}
      {items.first && items.items.length === 0 ? <p class="none">{t('incidents.nothing')}</p> : null}
      <ol class="events">
        {items.items.map((i, k) => (
          <li key={k} class={`e-${i.lane}`}><When time={i.time} show={short} /><span class="lane">{tword('incidents.lane', i.lane)}</span>
            <p>{i.alert ? <a href={linkAt(`/alerts/${i.alert}`)}>{visible(i.text)}</a> : visible(i.text)}
              <span class="none">{i.organisation ? <> <a href={linkAt(`/organisations/${i.organisation}`)}>{visible(i.organisation)}</a></> : null}{i.who ? ` ${visible(i.who_name ?? i.who)}` : ''}{i.claim ? <> <a class="mono" href={`/claims/${i.claim}`}>{i.claim}</a></> : null}</span></p></li>))}
      </ol>
      {items.more ? <button type="button" class="btn" onClick={items.loadMore}>{t('do.more')}</button> : null}
    </>
  );
}

function Tasks({ of, say, writes }: { of: Task[]; say: Say; writes: boolean }) {
  if (of.length === 0) return <p class="none">{t('incidents.tasks.none')}</p>;
  return (
    <div class="tablewrap" tabIndex={0} role="group" aria-label={t('incidents.tasks')}><table class="list">
      <thead><tr><th scope="col">{t('incidents.member.title')}</th><th scope="col">{t('incidents.member.sort')}</th><th scope="col">{t('incidents.owner')}</th><th scope="col">{t('incidents.member.due')}</th><th scope="col">{t('incidents.state')}</th></tr></thead>
      <tbody>{of.map((x) => (
        <tr key={x.task}><th scope="row"><a href={`/claims/${x.claim}`}>{visible(x.title)}</a></th><td>{tword('incidents.sort', x.sort)}</td><td>{x.owner ? visible(x.owner_name ?? x.owner) : <span class="none">{t('who.nobody')}</span>}</td><td><When time={x.due} show={short} /></td>
          <td>{writes ? <Menu cls="btn sm" items={['open', 'doing', 'done', 'dropped'].filter((s) => s !== x.state).map((s) => ({ label: tword('incidents.task', s), act: () => { void say({ kind: 'task', task: x.task, state: s }); } }))}>{tword('incidents.task', x.state)}</Menu> : tword('incidents.task', x.state)}</td></tr>))}
      </tbody></table></div>
  );
}

function Decisions({ of }: { of: Decision[] }) {
  if (of.length === 0) return <p class="none">{t('incidents.decisions.none')}</p>;
  return (
    <ol class="decisions">
      {of.map((d) => (
        <li key={d.claim} class={d.replaced_by ? 'gone' : undefined}><h2>{d.number ? `${number(d.number)}. ` : ''}{visible(d.what)}</h2><p>{visible(d.why)}</p>
          <p class="none">{visible(d.who_name ?? d.who)}, <a href={`/claims/${d.claim}`}>{full(d.time)}</a>{d.replaced_by ? <>, <a href={`/claims/${d.replaced_by}`}>{t('incidents.replaced')}</a></> : null}</p></li>))}
    </ol>
  );
}

function Members({ of }: { of: Detail }) {
  if (of.organisations.length === 0) return <p class="none">{t('incidents.organisations.none')}</p>;
  return (
    <div class="tablewrap" tabIndex={0} role="group" aria-label={t('incidents.organisations')}><table class="list">
      <thead><tr><th scope="col">{t('incidents.organisation')}</th><th scope="col">{t('incidents.how')}</th><th scope="col">{t('incidents.since')}</th><th scope="col">{t('incidents.lastword')}</th></tr></thead>
      <tbody>{of.organisations.map((o) => (
        <tr key={o.code}><th scope="row"><a href={linkAt(`/organisations/${o.code}`)}>{visible(o.name ?? o.code)}</a></th><td><StateMark state={o.state} /></td>
          <td>{o.claim ? <a href={`/claims/${o.claim}`}>{short(o.since)}</a> : <When time={o.since} show={short} />}</td>
          <td>{o.last_word ? <>{o.last_claim ? <a href={`/claims/${o.last_claim}`}>{ago(o.last_word, Date.parse(of.as_of))}</a> : ago(o.last_word, Date.parse(of.as_of))} <span class="none">{visible(o.last_who ?? '')}</span></> : <span class="none"><i class="hatch" aria-hidden="true" /> {t('incidents.silent')}</span>}</td></tr>))}
      </tbody></table></div>
  );
}

const PLACES: Record<string, (id: string) => string> = {
  alert: (id) => `/alerts/${id}`, cluster: (id) => `/spread/${id}`, evidence: (id) => `/hunt?q=${encodeURIComponent(`id:${id}`)}`, organisation: (id) => `/organisations/${id}`, claim: (id) => `/claims/${id}`,
};
function Links({ of, say, writes }: { of: Detail; say: Say; writes: boolean }) {
  if (of.links.length === 0) return <p class="none">{t('incidents.links.none')}</p>;
  return (
    <div class="tablewrap" tabIndex={0} role="group" aria-label={t('incidents.evidence')}><table class="list">
      <thead><tr><th scope="col">{t('incidents.kind')}</th><th scope="col">{t('incidents.what')}</th><th scope="col">{t('incidents.linked')}</th>{writes ? <th scope="col"><span class="vh">{t('incidents.unlink')}</span></th> : null}</tr></thead>
      <tbody>{of.links.map((l) => (
        <tr key={l.kind + l.id}><td>{tword('incidents.link', l.kind)}</td><th scope="row">{PLACES[l.kind] ? <a href={linkAt(PLACES[l.kind]!(l.id))}>{l.title ? visible(l.title) : <span class="mono">{l.id}</span>}</a> : visible(l.title ?? l.id)} {l.title ? <span class="mono none">{l.id}</span> : null}</th>
          <td><a href={`/claims/${l.claim}`}>{short(l.linked)}</a> <span class="none">{visible(l.who_name ?? l.who)}</span></td>
          {writes ? <td><button type="button" class="btn sm" onClick={() => { void say({ kind: 'unlink', links: [{ kind: l.kind, id: l.id }] }); }}>{t('incidents.unlink')}<span class="vh"> {l.id}</span></button></td> : null}</tr>))}
      </tbody></table></div>
  );
}

function One({ of, part, reload }: { of: Detail; part: string; reload: () => void }) {
  const [asking, setAsking] = useState('');
  const writes = may('incidents.write') && !at.value && of.state === 'open';
  const send = (entry: Entry): Promise<void> => post(`/incidents/${of.id}/entries`, entry, { key: newKey() }).then(() => {
    toast(t('incidents.recorded'));
    reload();
  });
  const say: Say = (entry) => send(entry).then(() => true, (error: Error) => { toast(error.message, { bad: true }); return false; });
  const count: Record<string, number | undefined> = { tasks: of.tasks_open, decisions: of.decisions.length, organisations: of.organisations.length, evidence: of.links.length };
  return (
    <>
      <header class="pagehead"><h1>{visible(of.title ?? of.id)}</h1><span class="mono none">{of.id}</span><span class={`tag sevtag-${of.severity}`}>{tword('incidents.sev', of.severity)}</span><span class="tag">{tword('incidents.state', of.state)}</span>
        <span class="none">{t('incidents.commander')}: {of.commander ? visible(of.commander_name ?? of.commander) : t('who.nobody')}</span></header>
      {of.merged_into ? <p class="notice">{t('incidents.goeson')} <a class="mono" href={linkAt(`/incidents/${of.merged_into}`)}>{of.merged_into}</a></p> : null}
      {of.automatic ? <p class="notice">{t('incidents.automatic.text')}</p> : null}
      {of.whole ? null : <p class="partial"><i class="hatch" aria-hidden="true" />{t('incidents.partly')}</p>}
      {writes ? (
        <div class="acts">{['note', 'decision', 'task', 'phase'].map((k) => <button type="button" key={k} class="btn" onClick={() => setAsking(k)}>{t(`incidents.entry.${k}` as Key)}</button>)}
          <Menu items={['merge', 'stand-down'].map((k) => ({ label: t(`incidents.entry.${k}` as Key), act: () => setAsking(k) }))}>{t('incidents.further')}</Menu></div>) : null}
      <nav class="tabs" aria-label={t('incidents.parts')}>{PARTS.map((p) => <a key={p} href={linkAt(`/incidents/${of.id}/${p}`)} aria-current={p === part ? 'page' : undefined}>{t(`incidents.part.${p}` as Key)}{count[p] ? ` ${number(count[p]!)}` : ''}</a>)}</nav>
      {part === 'overview' ? (
        <div class="inccols">
          <div>
            <section class="panel" aria-labelledby="h-next"><header><h2 id="h-next">{t('incidents.next')}</h2></header><p class="pad">{of.next_decision ? <>{of.next_claim ? <a href={`/claims/${of.next_claim}`}>{visible(of.next_decision)}</a> : visible(of.next_decision)}{of.next_due ? ` ${t('incidents.until', { time: short(of.next_due) })}` : ''}</> : <span class="none">{t('incidents.next.none')}</span>}</p></section>
            <section class="panel" aria-labelledby="h-story"><header><h2 id="h-story">{t('incidents.part.timeline')}</h2></header><div class="pad"><Story key={of.updated ?? ''} id={of.id} /></div></section>
          </div>
          <div>
            <section class="panel" aria-labelledby="h-kpi"><header><h2 id="h-kpi">{t('incidents.kpis')}</h2></header><dl class="kpis">{(['detect', 'acknowledge', 'decide', 'contain'] as const).map((k) => <Kpi key={k} name={k} of={of.kpi[k]} />)}</dl></section>
            <section class="panel" aria-labelledby="h-orgs"><header><h2 id="h-orgs">{t('incidents.organisations')}</h2></header><Members of={of} /></section>
            <section class="panel" aria-labelledby="h-tasks"><header><h2 id="h-tasks">{t('incidents.tasks')}</h2></header><Tasks of={of.tasks} say={say} writes={writes} /></section>
          </div>
        </div>) : null}
      {part === 'timeline' ? <Story key={of.updated ?? ''} id={of.id} /> : null}
      {part === 'tasks' ? <Tasks of={of.tasks} say={say} writes={writes} /> : null}
      {part === 'decisions' ? <Decisions of={of.decisions} /> : null}
      {part === 'organisations' ? <Members of={of} /> : null}
      {part === 'evidence' ? <Links of={of} say={say} writes={writes} /> : null}
      {asking ? <EntryDialog kind={asking} fields={ENTRIES[asking]!} say={send} onClose={() => setAsking('')} /> : null}
    </>
  );
}

export default function IncidentPage() {
  const id = variables.value['id'] ?? '';
  const part = variables.value['part'] ?? 'overview';
  const incident = useResource<Detail>(`/incidents/${encodeURIComponent(id)}`, { at: at.value });
  return (
    <>
      <AsOf />
      <div class="page wide">
        {incident.data ? null : <h1 class="vh">{t('title.incident')}</h1>}
        <View of={incident} what={t('title.incident')} lines={12}>{(of) => <One of={of} part={part} reload={incident.reload} />}</View>
      </div>
    </>
  );
}
