// One incident: what it is, what happened in its four lanes, who does what, what was decided and
// why, how its organisations are; as known at any time.
import { useEffect, useRef, useState } from 'preact/hooks';
import { at, linkAt } from '../../core/asof';
import { newKey, post } from '../../core/api';
import { duration, full, number, short, visible } from '../../core/format';
import { useLive } from '../../core/live';
import { t, tword, tx, type Key } from '../../core/messages';
import { usePages, useResource } from '../../core/resource';
import { query, setQuery, variables } from '../../core/router';
import { may } from '../../core/session';
import { AsOf } from '../../ui/asof';
import { Menu } from '../../ui/menu';
import { Org, Who } from '../../ui/org';
import { View, When } from '../../ui/states';
import { toast } from '../../ui/toast';
import { EntryDialog, FURTHER, SAID, type Saying } from './entries';
import { Decisions, Links, Members, Tasks, type Says } from './parts';
import { partsOf, storyOf } from './story';
import { LANES, PARTS, type Detail, type Entry, type Item, type Span } from './types';

function Kpi({ name, of }: { name: 'detect' | 'acknowledge' | 'decide' | 'contain'; of: Span }) {
  const basis = (m: Span['from']) => (m.claim ? <a href={`/claims/${m.claim}`}>{short(m.time)}</a> : m.alert ? <a href={linkAt(`/alerts/${m.alert}`)}>{short(m.time)}</a> : m.time ? short(m.time) : '–');
  return (
    <div class="kpi"><dt>{t(`incidents.kpi.${name}`)}</dt>
      <dd>{of.seconds === null ? <span class="none"><i class="hatch" aria-hidden="true" /> {t('incidents.notyet')}</span> : <b>{duration(of.seconds)}</b>}<span class="none">{basis(of.from)} → {basis(of.to)}</span></dd></div>
  );
}

/** What happened, by where it is drawn: as many as there are places, however much it is. */
function spots(items: readonly Item[], x: (time: string) => number): [number, [Item, number]][] {
  const found = new Map<number, [Item, number]>();
  for (const item of items) {
    const at = Math.round(x(item.time));
    const there = found.get(at);
    if (there) there[1]++;
    else found.set(at, [item, 1]);
  }
  return [...found];
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
          {spots(items.filter((item) => item.lane === lane), x).map(([at, [first, n]]) => <circle key={at} cx={at} cy={20 + i * 30} r="4" class={`l-${lane}`}><title>{`${short(first.time)} ${storyOf(first)}${n > 1 ? ` (+${number(n - 1)})` : ''}`}</title></circle>)}</g>))}
      <text x="92" y="130">{short(from)}</text><text x="796" y="130" text-anchor="end">{short(to)}</text>
    </svg>
  );
}

/** What happened; whose it is said once, as the link to it. */
function Told({ of: item }: { of: Item }) {
  const { of, what } = partsOf(item);
  const about = of && item.organisation ? item.organisation : null;
  const text = visible(about ? what : storyOf(item));
  const told = item.alert ? <a href={linkAt(`/alerts/${item.alert}`)}>{text}</a> : text;
  return about ? <>{tx('incidents.said.of', { of: <Org code={about} name={of} />, what: told })}</> : <>{told}{item.organisation ? <> <Org code={item.organisation} /></> : null}</>;
}

const NEWEST = 25;
const READ_MAX = 5000;
/** What the system ties to an incident it keeps by itself: hundreds of lines that tell a person nothing in brief. */
const isTied = (item: Item): boolean => item.code === 'incident.link' && item.who === 'system:cordon';
/** All of it; in brief the newest, once all is there. */
function Story({ id, brief = false }: { id: string; brief?: boolean }) {
  const lane = query.value.get('lane');
  const items = usePages<Item>(`/incidents/${id}/timeline`, { at: at.value, lane: lane ?? undefined, limit: 500 });
  const reads = brief && items.more && items.items.length < READ_MAX;
  useEffect(() => { if (reads) items.loadMore(); }, [reads, items.items.length]);
  const told = brief ? items.items.filter((i) => !isTied(i)) : items.items;
  const rows = brief ? told.slice(-NEWEST) : told;
  return (
    <>
      <div class="seg" role="group" aria-label={t('incidents.member.lane')}>{['', ...LANES].map((l) => <button type="button" key={l} aria-pressed={(lane ?? '') === l} onClick={() => setQuery({ lane: l || null })}>{l ? tword('incidents.lane', l) : t('incidents.lane.all')}</button>)}</div>
      {items.items.length > 1 ? <Lanes items={items.items} /> : null}
      {items.first && items.items.length === 0 ? <p class="none">{t('incidents.nothing')}</p> : null}
      {rows.length < items.items.length ? <p class="none"><a href={linkAt(`/incidents/${id}/timeline`)}>{t(told.length < items.items.length ? 'incidents.newest.untied' : 'incidents.newest', { show: rows.length, n: items.items.length })}</a></p> : null}
      <ol class="events">
        {rows.map((i, k) => (
          <li key={k} class={`e-${i.lane}`}><When time={i.time} show={short} /><span class="lane">{tword('incidents.lane', i.lane)}</span>
            <p><Told of={i} />
              <span class="none">{i.who ? <> <Who of={i.who} name={i.who_name} plain /></> : null}{i.claim ? <> <a class="mono" href={`/claims/${i.claim}`}>{i.claim}</a></> : null}</span></p></li>))}
      </ol>
      {items.more && !brief ? <button type="button" class="btn" onClick={items.loadMore}>{t('do.more')}</button> : null}
    </>
  );
}

/** Who may not claim has no button for it beside each organisation. */
const canState = (says: Says | null, said: readonly Saying[]): Says | null => (said.includes('status') ? says : null);

/** Which kinds of entry whoever asks may make now. */
function sayable(of: Detail): { said: readonly Saying[]; further: readonly Saying[] } {
  if (!may('incidents.write') || at.value) return { said: [], further: [] };
  if (of.state === 'merged') return { said: [], further: of.whole ? ['part'] : [] };
  if (of.state === 'stood-down') return { said: [], further: of.whole ? ['declare'] : [] };
  // Whoever does not see all of it may note, set tasks and link what is its own.
  const rights: Partial<Record<Saying, boolean>> = { status: may('claims.write') && of.organisations.length > 0, alert: may('findings.write'), split: of.links.length > 0 };
  const able = (kind: Saying): boolean => (of.whole || ['note', 'task', 'link', 'organisation'].includes(kind)) && rights[kind] !== false;
  return { said: SAID.filter(able), further: [...(of.automatic && of.whole ? ['declare' as const] : []), ...FURTHER.filter(able)] };
}
/** What the system opened is declared for the first time. */
const entryWord = (kind: Saying, of: Detail): string => t((kind === 'declare' && of.automatic ? 'incidents.declare' : `incidents.entry.${kind}`) as Key);

function One({ of, part, reload }: { of: Detail; part: string; reload: () => void }) {
  const [asking, setAsking] = useState<{ kind: Saying; base?: Entry; what?: string } | null>(null);
  const { said, further } = sayable(of);
  const done = (): void => {
    toast(t('incidents.recorded'));
    reload();
  };
  const says: Says | null = said.length === 0 ? null : {
    now: (entry) => { post(`/incidents/${of.id}/entries`, entry, { key: newKey() }).then(done, (error: Error) => toast(error.message, { bad: true })); },
    ask: (kind, base, what) => setAsking({ kind, base, what }),
  };
  const ask = (kind: Saying): void => setAsking({ kind });
  const count: Record<string, number | undefined> = { tasks: of.tasks_open, decisions: of.decisions.length, organisations: of.organisations.length, evidence: of.links.length };
  const others = (label: Key, ids: readonly string[]) => (ids.length === 0 ? null : <p class="meta"><span>{t(label)} {ids.map((id, i) => <>{i ? ', ' : ''}<a class="mono" href={linkAt(`/incidents/${id}`)}>{id}</a></>)}</span></p>);
  return (
    <>
      <header class="pagehead"><h1>{visible(of.title ?? of.id)}</h1><span class="mono none">{of.id}</span><span class={`tag sevtag-${of.severity}`}>{tword('incidents.sev', of.severity)}</span><span class="tag">{tword('incidents.state', of.state)}</span>
        <span class="none">{t('incidents.commands', { name: of.commander ? visible(of.commander_name ?? of.commander) : t('who.nobody') })}</span></header>
      {of.merged_into ? <p class="notice">{t('incidents.goeson')} <a class="mono" href={linkAt(`/incidents/${of.merged_into}`)}>{of.merged_into}</a></p> : null}
      {of.automatic ? <p class="notice">{t('incidents.automatic.text')}</p> : null}
      {of.whole ? null : <p class="partial"><i class="hatch" aria-hidden="true" />{t('incidents.partly')}</p>}
      {others('incidents.takes', of.merged)}{others('incidents.splitfrom', of.split_from ? [of.split_from] : [])}{others('incidents.splitoff', of.split_off)}
      {said.length + further.length > 0 ? (
        <div class="acts">{said.map((k) => <button type="button" key={k} class="btn" onClick={() => ask(k)}>{entryWord(k, of)}</button>)}
          {said.length === 0 ? further.map((k) => <button type="button" key={k} class="btn" onClick={() => ask(k)}>{entryWord(k, of)}</button>)
            : <Menu items={further.map((k) => ({ label: entryWord(k, of), act: () => ask(k) }))}>{t('incidents.further')}</Menu>}</div>) : null}
      <nav class="tabs" aria-label={t('incidents.parts')}>{PARTS.map((p) => <a key={p} href={linkAt(`/incidents/${of.id}/${p}`)} aria-current={p === part ? 'page' : undefined}>{t(`incidents.part.${p}` as Key)}{count[p] ? ` ${number(count[p]!)}` : ''}</a>)}</nav>
      {part === 'overview' ? (
        <div class="inccols">
          <div>
            <section class="panel" aria-labelledby="h-next"><header><h2 id="h-next">{t('incidents.next')}</h2></header><p class="pad">{of.next_decision ? <>{of.next_claim ? <a href={`/claims/${of.next_claim}`}>{visible(of.next_decision)}</a> : visible(of.next_decision)}{of.next_due ? ` ${t('incidents.until', { time: short(of.next_due) })}` : ''}</> : <span class="none">{t('incidents.next.none')}</span>}</p></section>
            <section class="panel" aria-labelledby="h-story"><header><h2 id="h-story">{t('incidents.part.timeline')}</h2></header><div class="pad"><Story key={of.updated ?? ''} id={of.id} brief /></div></section>
          </div>
          <div>
            <section class="panel" aria-labelledby="h-kpi"><header><h2 id="h-kpi">{t('incidents.kpis')}</h2></header><dl class="kpis">{(['detect', 'acknowledge', 'decide', 'contain'] as const).map((k) => <Kpi key={k} name={k} of={of.kpi[k]} />)}</dl></section>
            <section class="panel" aria-labelledby="h-orgs"><header><h2 id="h-orgs">{t('incidents.organisations')}</h2></header><Members of={of} says={null} brief /></section>
            <section class="panel" aria-labelledby="h-tasks"><header><h2 id="h-tasks">{t('incidents.tasks')}</h2></header><Tasks of={of.tasks} asOf={of.as_of} says={says} /></section>
          </div>
        </div>) : null}
      {part === 'timeline' ? <Story key={of.updated ?? ''} id={of.id} /> : null}
      {part === 'tasks' ? <Tasks of={of.tasks} asOf={of.as_of} says={says} /> : null}
      {part === 'decisions' ? <Decisions of={of.decisions} /> : null}
      {part === 'organisations' ? <Members of={of} says={canState(says, said)} /> : null}
      {part === 'evidence' ? <Links of={of} says={says} /> : null}
      {asking ? <EntryDialog of={of} kind={asking.kind} base={asking.base} what={asking.what} onClose={() => setAsking(null)} onSaid={done} /> : null}
    </>
  );
}

export default function IncidentPage() {
  const id = variables.value['id'] ?? '';
  const part = variables.value['part'] ?? 'overview';
  const incident = useResource<Detail>(`/incidents/${encodeURIComponent(id)}`, { at: at.value });
  // What others say shows by itself, a while after the last of it.
  const live = at.value || !may('claims.read') ? null : '/claims/stream';
  const waits = useRef(0);
  useLive(live, () => {
    if (waits.current) return;
    waits.current = window.setTimeout(() => { waits.current = 0; incident.reload(); }, 2000);
  });
  useEffect(() => () => clearTimeout(waits.current), []);
  return (
    <>
      <AsOf />
      <div class="page wide incident">
        {incident.data ? null : <h1 class="vh">{t('title.incident')}</h1>}
        <View of={incident} what={t('title.incident')} lines={12}>{(of) => <One of={of} part={part} reload={incident.reload} />}</View>
      </div>
    </>
  );
}
