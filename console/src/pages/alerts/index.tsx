// The queue: what to look at first, and why. The query is the whole truth: facets, brush and
// views only change its text or the time, and all of it is in the address.
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ArrowUp, Filter, Play, Plus, Search, X } from 'lucide';
import { at, linkAt } from '../../core/asof';
import { get, newKey, post } from '../../core/api';
import { number, second, short, visible } from '../../core/format';
import { useKeys } from '../../core/keyboard';
import { useLive, type LiveEvent } from '../../core/live';
import { t, tword } from '../../core/messages';
import { usePages, useResource } from '../../core/resource';
import { go, query, setQuery } from '../../core/router';
import { may, session } from '../../core/session';
import { setBadge } from '../../nav';
import { AsOf } from '../../ui/asof';
import { Dialog } from '../../ui/dialog';
import { Field } from '../../ui/form';
import { Grid, type Column } from '../../ui/grid';
import { Icon } from '../../ui/icon';
import { SeverityMark } from '../../ui/marks';
import { QueryEditor, focusQuery, type Suggestion } from '../../ui/query';
import { Empty, Failure, LiveMark, Skeleton, View } from '../../ui/states';
import { toast } from '../../ui/toast';
import { act, CloseDialog, type Verb } from './actions';
import { Facets, FIELDS, narrowed } from './facets';
import { AlertsOverTime } from './histogram';
import { named, useTail } from './tail';
import { LEVELS, REASONS, type Alert, type Detail, type Facet, type Histogram } from './types';
import { Findings, Story, Summary, WhyFired, WhyHere } from './view';

const OPEN = 'NOT status:closed AND suppressed:false';
const SETTLED_MS = 3000;
const SORTS = ['priority', 'risk', 'last', 'first', 'count', 'severity', 'org', 'status'];
const WORDS: Record<string, readonly string[]> = {
  severity: LEVELS, status: ['new', 'acknowledged', 'in-progress', 'closed'], reason: REASONS, criticality: ['life-critical', 'clinical', 'support', 'administrative', 'unknown'],
  kind: ['host', 'user', 'address', 'organisation'], suppressed: ['true', 'false'], manual: ['true', 'false'],
};
const ALL_FIELDS = 'id severity status reason owner rule title author tag technique tactic org region host user address entity kind criticality care risk count again notes first last known updated cluster incident suppressed manual'.split(' ');

function suggest(word: string, before: string): readonly Suggestion[] {
  const field = /([a-z]+):\(?[^()]*$/.exec(before)?.[1];
  const values = field && before.endsWith(':') ? WORDS[field] : undefined;
  const from = values ?? [...ALL_FIELDS.map((f) => `${f}:`), 'AND', 'OR', 'NOT'];
  return from.filter((w) => w.toLowerCase().startsWith(word.toLowerCase())).map((label) => ({ label }));
}

const full: Column<Alert>[] = [
  { key: 'severity', head: 'alerts.field.severity', width: '92px', sort: 'none', cell: (a) => <SeverityMark level={a.level} /> },
  { key: 'risk', head: 'alerts.field.risk', width: '54px', cls: 'n', sort: 'none', cell: (a) => a.risk },
  { key: 'rule', head: 'alerts.field.rule', width: 'minmax(220px,1.8fr)', cls: 'strong', cell: (a) => <span class="el">{visible(a.title)}</span> },
  { key: 'count', head: 'alerts.field.count', width: '76px', cls: 'n', sort: 'none', cell: (a) => number(a.count) },
  { key: 'org', head: 'alerts.field.organisation', width: 'minmax(150px,1.1fr)', sort: 'none', cell: (a) => <span class="el">{visible(a.organisation_name ?? a.organisation)}</span> },
  { key: 'entity', head: 'alerts.field.entity', width: 'minmax(120px,.8fr)', cls: 'mono', cell: (a) => <span class="el">{visible(a.entity)}</span> },
  { key: 'care', head: 'alerts.field.care', width: 'minmax(96px,.6fr)', cell: (a) => (a.criticality === 'unknown' ? <span class="none">{tword('criticality', 'unknown')}</span> : <span class="el">{a.care ? visible(a.care) : tword('criticality', a.criticality)}</span>) },
  { key: 'last', head: 'alerts.field.last', width: '118px', sort: 'none', cell: (a) => short(a.last) },
  { key: 'status', head: 'alerts.field.status', width: '112px', sort: 'none', cell: (a) => <span class={`stt s-${a.status}`}>{tword('alertstatus', a.status)}</span> },
  { key: 'owner', head: 'alerts.field.owner', width: '112px', cell: (a) => (a.owner ? <span class="el">{visible(a.owner_name ?? a.owner)}</span> : <span class="none">{t('who.nobody')}</span>) },
];
/** With the detail open the queue keeps what triage needs. */
const compact = ['severity', 'rule', 'org', 'entity', 'last', 'status'];

function columnsFor(narrow: boolean, sort: string, reverse: boolean): Column<Alert>[] {
  return full.filter((c) => !narrow || compact.includes(c.key)).map((c) => ({
    ...c, head: t(c.head as 'alerts.field.risk'),
    ...(c.key === 'severity' && narrow ? { width: '76px', cell: (a: Alert) => <><SeverityMark level={a.level} label={false} /><b class={`sev-${a.level}`}>{a.risk}</b></> } : {}),
    ...(c.sort ? { sort: sort === c.key ? ((sort === 'org' || sort === 'status') !== reverse ? 'ascending' as const : 'descending' as const) : 'none' as const } : {}),
  }));
}

interface Saved { id: string; name: string; query: string; default: boolean }
function Views({ q }: { q: string }) {
  const saved = useResource<{ items: Saved[] }>('/views', { page: 'alerts' });
  const [naming, setNaming] = useState(false);
  const [name, setName] = useState('');
  const fixed: [string, string][] = [[t('alerts.view.open'), OPEN], [t('alerts.view.mine'), `${OPEN} AND owner:"user:${String(session.value?.user ?? '')}"`], [t('alerts.view.nobody'), `${OPEN} AND severity:(critical OR high) AND NOT owner:*`],
    [t('alerts.view.clinical'), `${OPEN} AND criticality:("life-critical" OR clinical)`], [t('alerts.view.closed'), 'status:closed'], [t('alerts.view.suppressed'), 'suppressed:true']];
  const save = (event: Event): void => {
    event.preventDefault();
    setNaming(false);
    post('/views', { name, page: 'alerts', query: q }, { key: newKey() }).then(() => saved.reload(), (error: Error) => toast(error.message, { bad: true }));
  };
  return (
    <nav class="views" aria-label={t('alerts.views')}>
      {[...fixed, ...(saved.data?.items ?? []).filter((v) => 'page' in v ? (v as { page?: string }).page === 'alerts' : true).map((v) => [visible(v.name), v.query] as [string, string])].map(([label, text]) => (
        <a key={label + text} href={linkAt(`/alerts?q=${encodeURIComponent(text)}`)} aria-current={text === q ? 'true' : undefined}>{label}</a>))}
      <button type="button" class="btn sm" onClick={() => setNaming(true)}><Icon of={Plus} size={14} />{t('alerts.view.save')}</button>
      {naming ? (
        <Dialog title={t('alerts.view.save')} onClose={() => setNaming(false)}>
          <form onSubmit={save}><Field label={t('alerts.view.name')} name="name" value={name} maxLength={128} onInput={(event) => setName(event.currentTarget.value)} />
            <p class="mono">{q || '*'}</p><p class="actions"><button type="submit" class="btn pri">{t('do.save')}</button></p></form>
        </Dialog>) : null}
    </nav>
  );
}

const HOURS: [string, number][] = [['1', 1], ['24', 24], ['168', 168]];
function Time({ from, to }: { from: string; to: string }) {
  const local = (iso: string): string => {
    if (!iso) return '';
    const time = new Date(iso);
    return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  };
  const utc = (text: string): string | null => (text ? new Date(text).toISOString() : null);
  const now = at.value ? Date.parse(at.value) : Date.now();
  return (
    <div class="timebox">
      <label>{t('alerts.from')} <input type="datetime-local" value={local(from)} onChange={(event) => setQuery({ from: utc(event.currentTarget.value) }, true)} /></label>
      <label>{t('alerts.to')} <input type="datetime-local" value={local(to)} onChange={(event) => setQuery({ to: utc(event.currentTarget.value) }, true)} /></label>
      <span class="seg">
        {HOURS.map(([key, hours]) => <button type="button" key={key} aria-pressed={false} onClick={() => setQuery({ from: new Date(now - hours * 3600_000).toISOString(), to: null }, true)}>{t(`alerts.last.${key}` as 'alerts.last.1')}</button>)}
        <button type="button" aria-pressed={!from && !to} onClick={() => setQuery({ from: null, to: null }, true)}>{t('alerts.anytime')}</button>
      </span>
    </div>
  );
}

function Pane({ id, close, ask }: { id: string; close: () => void; ask: (verb: Verb | 'dialog', ids: string[]) => void }) {
  const detail = useResource<Detail>(`/alerts/${id}`, { at: at.value });
  const [turn] = [query.value.get('turn')];
  useEffect(() => { if (turn) detail.reload(); }, [turn]);
  const writes = may('findings.write') && !at.value;
  return (
    <aside class="detail" aria-label={t('alerts.detail')}>
      <header><span class="mono id">{id}</span><a class="btn sm" href={linkAt(`/alerts/${id}`)}>{t('alerts.openpage')}</a><button class="tbx" type="button" aria-label={t('alerts.closepane')} onClick={close}><Icon of={X} size={16} /></button></header>
      <View of={detail} what={t('title.alert')} lines={8}>
        {(a) => (
          <>
            <h2><SeverityMark level={a.level} label={false} /> {visible(a.title)}</h2>
            {writes ? (
              <div class="acts">
                {a.status === 'new' ? <button class="btn pri" type="button" onClick={() => ask('acknowledge', [id])}>{t('alerts.do.acknowledge')}<kbd>a</kbd></button> : null}
                <button class="btn" type="button" onClick={() => ask('assign', [id])}>{t('alerts.do.assign')}<kbd>m</kbd></button>
                {a.status === 'closed' ? <button class="btn" type="button" onClick={() => ask('reopen', [id])}>{t('alerts.do.reopen')}</button>
                  : <button class="btn" type="button" onClick={() => ask('dialog', [id])}>{t('alerts.do.close')}<kbd>c</kbd></button>}
              </div>) : null}
            <h3>{t('alerts.whyhere')}<b class="riskn">{a.risk}</b></h3><WhyHere of={a} />
            {a.findings[0] ? <><h3>{t('alerts.whyfired')}</h3><WhyFired of={a.findings[0]} /></> : null}
            <h3>{t('alerts.summary')}</h3><Summary of={a} />
            <h3>{t('alerts.newest')}</h3><Findings of={a.findings.slice(0, 5)} />
            <h3>{t('alerts.story')}</h3><Story of={a} />
          </>)}
      </View>
    </aside>
  );
}

interface Changed { as_of: string; total_open: number; changed: string[]; more: boolean }

export default function Alerts() {
  const q = query.value.get('q') ?? OPEN;
  const from = query.value.get('from') ?? '';
  const to = query.value.get('to') ?? '';
  const sort = SORTS.includes(query.value.get('sort') ?? '') ? query.value.get('sort')! : 'priority';
  const reverse = query.value.get('reverse') === '1';
  const group = query.value.get('group') === '1';
  const tail = query.value.get('tail') === '1';
  const chosen = { q, from: from || undefined, to: to || undefined, at: at.value };
  // The tail is by time, whatever the order before and after it.
  const asked = { ...chosen, sort: tail ? 'last' : sort, reverse: (!tail && reverse) || undefined, group: group || undefined, limit: 200 };
  const list = usePages<Alert>('/alerts', asked);
  const facets = useResource<{ facets: Facet[]; total: number }>('/alerts/facets', { ...chosen, fields: FIELDS.join(','), top: 6 });
  const histogram = useResource<Histogram>('/alerts/histogram', { ...chosen, buckets: 120 });
  const [wide, setWide] = useState(innerWidth > 1400);
  const [pane, setPane] = useState(innerWidth > 1100);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [closing, setClosing] = useState<string[] | null>(null);
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  const [more, setMore] = useState(false);
  const [draft, setDraft] = useState(q);
  useEffect(() => setDraft(q), [q]);
  const sel = query.value.get('sel');
  const found = sel ? list.items.findIndex((a) => a.id === sel) : 0;
  const place = useRef(0);
  if (found >= 0) place.current = found;
  const cursor = Math.min(place.current, Math.max(0, list.items.length - 1));
  const current = list.items[cursor];
  const last = useRef(0);
  const writes = may('findings.write') && !at.value;

  // The detail follows the cursor after a rest, so that holding j fetches nothing.
  const [calm, setCalm] = useState<string | undefined>(current?.id);
  useEffect(() => {
    const timer = setTimeout(() => setCalm(current?.id), 90);
    return () => clearTimeout(timer);
  }, [current?.id]);

  const refresh = useCallback(() => {
    setFresh(new Set());
    setMore(false);
    list.reload();
    facets.reload();
    histogram.reload();
  }, [list.reload, facets.reload, histogram.reload]);
  // What is shown changes in place, and nothing moves; what is new waits until it is asked for.
  const held = useRef({ items: list.items, at: list.at });
  held.current = { items: list.items, at: list.at };
  const update = useCallback((ids: readonly string[]) => {
    const shown = new Set(held.current.items.map((a) => a.id));
    const mine = ids.filter((id) => shown.has(id)).slice(0, 40);
    if (mine.length === 0) return;
    void get<{ items: Alert[] }>('/alerts', { q: named(mine), limit: mine.length }).then((page) => {
      const now = new Map(page.items.map((a) => [a.id, a]));
      list.replace((a) => now.get(a.id) ?? a);
    }, () => undefined);
  }, [list.replace]);
  const counts = useCallback(() => {
    facets.reload();
    histogram.reload();
  }, [facets.reload, histogram.reload]);
  const follow = useTail({ list, chosen: { q, from: from || undefined, to: to || undefined }, update, counts });
  useLive(at.value ? null : '/alerts/live', (event: LiveEvent) => {
    // Rows do not move under whoever reads them: the tail pauses while the grid has the focus.
    const tails = tail && !document.activeElement?.closest('.grid');
    if (event.name === 'resync') {
      // Connected: what was fetched long before may have changed unheard.
      if (Date.now() - held.current.at > SETTLED_MS) setMore(true);
      return;
    }
    const data = event.data as Changed;
    setBadge('/alerts', data.total_open);
    if (tails) {
      follow(data.changed, data.more);
      return;
    }
    const shown = new Set(held.current.items.map((a) => a.id));
    setFresh((before) => {
      const next = new Set(before);
      data.changed.forEach((id) => { if (!shown.has(id)) next.add(id); });
      return next.size === before.size ? before : next;
    });
    if (data.more) setMore(true);
    update(data.changed);
  });

  const move = useCallback((index: number) => {
    const row = held.current.items[index];
    if (row) {
      place.current = index;
      setQuery({ sel: row.id });
    }
  }, []);
  const toggle = (index: number, range: boolean): void => {
    const low = range ? Math.min(index, last.current) : index;
    const high = range ? Math.max(index, last.current) : index;
    const next = new Set(selected);
    const on = !next.has(list.items[index]!.id);
    for (let i = low; i <= high; i++) next[on ? 'add' : 'delete'](list.items[i]!.id);
    last.current = index;
    setSelected(next);
  };
  const targets = (): string[] => (selected.size ? [...selected] : current ? [current.id] : []);
  const done = (ids: readonly string[]) => (): void => {
    update(ids);
    facets.reload();
    setQuery({ turn: String(Date.now() % 100000) });
  };
  const ask = (verb: Verb | 'dialog', ids: string[]): void => {
    if (!writes || ids.length === 0) return;
    if (verb === 'dialog') {
      setClosing(ids);
    } else {
      void act({ action: verb, ids, ...(verb === 'assign' ? { owner: 'me' } : {}) }, done(ids));
      if (selected.size === 0 && verb !== 'assign' && cursor < list.items.length - 1) move(cursor + 1);
    }
  };
  const toIncident = (): void => go(`/incidents?new=${targets().slice(0, 200).join(',')}`);
  const keys = {
    a: () => ask('acknowledge', targets()), m: () => ask('assign', targets()), c: () => ask('dialog', targets()), r: () => ask('reopen', targets()), i: toIncident,
    t: () => { if (current?.rule) go(`/rules/${encodeURIComponent(current.rule)}`); },
  };
  useKeys({ n: refresh, '/': () => focusQuery('alerts-q'), f: () => setWide(!wide) }, {
    label: 'title.alerts', shortcuts: [{ keys: ['j', 'k'], label: 'alerts.key.move' }, { keys: ['x', 'Shift x'], label: 'alerts.key.select' }, { keys: ['Enter'], label: 'alerts.openpage' },
      { keys: ['a'], label: 'alerts.do.acknowledge' }, { keys: ['m'], label: 'alerts.do.assign' }, { keys: ['c'], label: 'alerts.do.close' }, { keys: ['r'], label: 'alerts.do.reopen' },
      { keys: ['i'], label: 'alerts.do.incident' }, { keys: ['t'], label: 'alerts.do.tune' }, { keys: ['n'], label: 'alerts.key.new' }, { keys: ['/'], label: 'alerts.key.query' }, { keys: ['f'], label: 'alerts.filters' }],
  });
  const columns = useMemo(() => columnsFor(pane, tail ? 'last' : sort, !tail && reverse), [pane, tail, sort, reverse]);
  const total = Math.max(list.items.length, (tail ? facets.data?.total : undefined) ?? list.first?.total ?? 0);
  const run = (text: string): void => setQuery({ q: text, sel: null }, true);
  const pick = (field: string, value: string, keep: boolean): void => run(narrowed(q, field, value, keep));
  const rowClass = useCallback((a: Alert) => `r-${a.level}`, []);
  const describe = useCallback((a: Alert) => `${a.title}, ${a.organisation_name ?? a.organisation}, ${a.entity}`, []);
  const rowId = useCallback((a: Alert) => a.id, []);
  return (
    <div class={`alerts${pane ? ' has-detail' : ''}${wide ? '' : ' no-facets'}`}>
      <AsOf />
      <header class="ahead"><h1>{t('title.alerts')}</h1><Views q={q} /><LiveMark path="/alerts/live" /></header>
      <div class="qbar">
        <button type="button" class="btn icon" aria-expanded={wide} aria-label={t('alerts.filters')} onClick={() => setWide(!wide)}><Icon of={Filter} size={16} /></button>
        <div class="qbox"><Icon of={Search} size={16} /><QueryEditor id="alerts-q" value={draft} label={t('alerts.query')} placeholder={t('alerts.query.empty')} onChange={setDraft} onRun={run} suggest={suggest} /></div>
        <button type="button" class="btn pri" onClick={() => run(draft)}>{t('do.run')}</button>
        <label class="grp">{t('alerts.sort')} <select value={tail ? 'last' : sort} disabled={tail} onChange={(event) => setQuery({ sort: event.currentTarget.value, reverse: null }, true)}>{SORTS.map((s) => <option key={s} value={s}>{t(`alerts.sort.${s}` as 'alerts.sort.risk')}</option>)}</select></label>
        <label class="grp"><input type="checkbox" checked={group} onChange={() => setQuery({ group: group ? null : '1' }, true)} /> {t('alerts.group')}</label>
        {at.value ? null : <button type="button" class={`btn tail${tail ? ' on' : ''}`} aria-pressed={tail} onClick={() => { setQuery({ tail: tail ? null : '1' }); refresh(); }}><Icon of={Play} size={14} />{t('alerts.tail')}</button>}
      </div>
      <section class="hist" aria-label={t('alerts.histogram')}>
        <Time from={from} to={to} />
        {histogram.data ? <AlertsOverTime of={histogram.data} onRange={(a, b) => setQuery({ from: new Date(a).toISOString(), to: new Date(b).toISOString() }, true)} /> : histogram.error ? null : <div class="histroom" />}
      </section>
      <div class="abody">
        {wide ? (
          <aside class="facets" aria-label={t('alerts.filters')}>
            {facets.data ? <Facets facets={facets.data.facets} total={facets.data.total} onPick={pick} /> : facets.error ? <Failure what={t('alerts.filters')} error={facets.error} retry={facets.reload} /> : <Skeleton lines={8} />}
          </aside>) : null}
        <section class="gwrap" aria-label={t('alerts.results')} aria-busy={list.busy && list.items.length === 0}>
          {fresh.size > 0 || more ? <button type="button" class="fresh" onClick={refresh}><Icon of={ArrowUp} size={14} /><b>{more ? t('alerts.fresh.many') : t('alerts.fresh', { n: fresh.size })}</b> {t('alerts.fresh.since', { time: second(list.at || Date.now()) })}<kbd>n</kbd></button> : null}
          {list.error && list.items.length === 0 ? <Failure what={t('title.alerts')} error={list.error} retry={list.reload} />
            : !list.first ? <Skeleton lines={12} />
              : list.items.length === 0 ? <Empty title={t('alerts.empty')}><p>{t('alerts.empty.why')} <span class="mono">{q}</span>{from || to ? ` ${t('alerts.empty.time')}` : ''}</p><p><button type="button" class="btn sm" onClick={() => setQuery({ q: '', from: null, to: null }, true)}>{t('alerts.empty.all')}</button></p></Empty>
                : <Grid rows={list.items} columns={columns} total={total} onEnd={list.loadMore} id={rowId} cursor={cursor} onCursor={move} onOpen={(i) => go(linkAt(`/alerts/${list.items[i]!.id}?q=${encodeURIComponent(q)}`))}
                  onSort={(key) => setQuery({ sort: key, reverse: sort === key && !reverse ? '1' : null }, true)} selected={selected} {...(writes ? { onSelect: toggle } : {})}
                  label={t('alerts.grid', { n: total })} describe={describe} rowClass={rowClass} keys={keys} />}
          {selected.size > 0 ? (
            <div class="bulk" role="region" aria-label={t('alerts.selected.label')}><b>{t('alerts.selected', { n: selected.size })}</b>
              <button class="btn inv" type="button" onClick={() => ask('acknowledge', targets())}>{t('alerts.do.acknowledge')}<kbd>a</kbd></button>
              <button class="btn inv" type="button" onClick={() => ask('assign', targets())}>{t('alerts.do.assign')}<kbd>m</kbd></button>
              {may('incidents.write') ? <button class="btn inv" type="button" onClick={toIncident}>{t('alerts.do.incident')}<kbd>i</kbd></button> : null}
              <button class="btn inv" type="button" onClick={() => ask('dialog', targets())}>{t('alerts.do.close')}<kbd>c</kbd></button>
              <button class="lnk" type="button" onClick={() => setSelected(new Set())}>{t('do.clear')}</button></div>) : null}
          <footer class="keys"><span><kbd>j</kbd><kbd>k</kbd> {t('alerts.key.move')}</span>{writes ? <span><kbd>x</kbd> {t('alerts.key.select')}</span> : null}<span><kbd>?</kbd> {t('alerts.key.all')}</span>
            <button type="button" class="lnk" aria-pressed={pane} onClick={() => setPane(!pane)}>{t('alerts.pane')}</button>
            <span class="cnt" role="status">{t('alerts.count', { n: total, row: Math.min(cursor + 1, total) })}</span></footer>
        </section>
        {pane && calm ? <Pane key={calm} id={calm} close={() => setPane(false)} ask={ask} /> : null}
      </div>
      {closing ? <CloseDialog ids={closing} done={done(closing)} onClose={() => setClosing(null)} /> : null}
    </div>
  );
}
