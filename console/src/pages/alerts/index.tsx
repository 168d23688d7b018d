// The queue: what to look at first, and why. The query is the whole truth: facets, brush and
// views only change its text or the time, and all of it is in the address.
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ArrowUp, Filter, Play, Search } from 'lucide';
import { at, linkAt } from '../../core/asof';
import { get, type Page } from '../../core/api';
import { now as clock } from '../../core/clock';
import { second, short } from '../../core/format';
import { useKeys } from '../../core/keyboard';
import { useLive, type LiveEvent } from '../../core/live';
import { t } from '../../core/messages';
import { zone } from '../../core/prefs';
import { usePages, useResource } from '../../core/resource';
import { go, query, setQuery } from '../../core/router';
import { may } from '../../core/session';
import { AsOf } from '../../ui/asof';
import { Grid } from '../../ui/grid';
import { Icon } from '../../ui/icon';
import { QueryBox, focusQuery } from '../../ui/querybox';
import { Empty, Failure, LiveMark, Skeleton } from '../../ui/states';
import { toast } from '../../ui/toast';
import { ACTION_MAX, act, CloseDialog, type Told, type Verb } from './actions';
import { columnsFor } from './columns';
import { Facets, FIELDS, narrowed } from './facets';
import { AlertsOverTime } from './histogram';
import { OPEN, suggest, Time, Views } from './head';
import { Pane } from './pane';
import { failed, forgetFailed, Unanswered } from './pending';
import { byIds, parts, useAtMost, useAtRest, useRows } from './rows';
import { useTail } from './tail';
import type { Alert, Facet, Histogram } from './types';

const SETTLED_MS = 3000;
const COUNTS_MS = 1000;
const COUNTS_MOST_MS = 5000;
/** An incident is declared of so many at once: their ids are in the address. */
const INCIDENT_MAX = 200;
/** Letters of a time that is not of another year. */
const SHORT = 14;
const SORTS = ['priority', 'risk', 'last', 'first', 'count', 'severity', 'org', 'status'];
interface Changed { as_of: string; total_open: number; changed: string[]; more: boolean }

const PHONE = matchMedia('(max-width: 600px)');
function useNarrow(): boolean {
  const [is, setIs] = useState(PHONE.matches);
  useEffect(() => {
    const change = (): void => setIs(PHONE.matches);
    PHONE.addEventListener('change', change);
    return () => PHONE.removeEventListener('change', change);
  }, []);
  return is;
}

const rowClass = (a: Alert): string => `r-${a.level}`;
const describe = (a: Alert): string => `${a.title}, ${a.organisation_name ?? a.organisation}, ${a.entity}`;
const rowId = (a: Alert): string => a.id;
const run = (text: string): void => setQuery({ q: text, sel: null }, true);

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
  const phone = useNarrow();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [closing, setClosing] = useState<string[] | null>(null);
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  const [more, setMore] = useState(false);
  const [draft, setDraft] = useState(q);
  const [turn, setTurn] = useState(0);
  useEffect(() => setDraft(q), [q]);

  const counts = useCallback(() => {
    facets.reload();
    histogram.reload();
  }, [facets.reload, histogram.reload]);
  // Whoever works by key is not held up by what stands beside the queue.
  const countsSoon = useAtRest(COUNTS_MS, COUNTS_MOST_MS, counts);
  const calmly = useRef('');
  const { places, update, done } = useRows(list, (ids) => {
    if (ids.has(calmly.current)) setTurn((n) => n + 1);
  });
  const sel = query.value.get('sel');
  const found = sel ? places.get(sel) ?? -1 : 0;
  const place = useRef(0);
  if (found >= 0) place.current = found;
  const cursor = Math.min(place.current, Math.max(0, list.items.length - 1));
  const current = list.items[cursor];
  const last = useRef(0);
  const writes = may('findings.write') && !at.value;

  // The detail follows the cursor after a rest, so that holding j fetches nothing.
  const [calm, setCalm] = useState<string | undefined>(current?.id);
  calmly.current = calm ?? '';
  useEffect(() => {
    const timer = setTimeout(() => setCalm(current?.id), 90);
    return () => clearTimeout(timer);
  }, [current?.id]);

  const refresh = useCallback(() => {
    setFresh(new Set());
    setMore(false);
    forgetFailed();
    list.reload();
    counts();
  }, [list.reload, counts]);
  const held = useRef({ items: list.items, at: list.at, places });
  held.current = { items: list.items, at: list.at, places };
  const follow = useTail({ list, chosen: { q, from: from || undefined, to: to || undefined }, update, counts });
  /** What happened unheard: rows that are shown are put in place, others wait to be asked for. */
  const catchUp = (): void => {
    const began = list.first;
    void get<Page<Alert>>('/alerts', asked).then((page) => {
      if (page === began || began === undefined) return;
      const { places: there, items } = held.current;
      const others = page.items.filter((a) => !there.has(a.id));
      unseen(others.map(rowId));
      update(page.items.filter((a) => (items[there.get(a.id) ?? -1] ?? a).updated !== a.updated).map(rowId));
      if ((page.total ?? 0) - (began.total ?? 0) > others.length) setMore(true);
    }, () => undefined);
  };
  // Only what the query chooses is counted as new.
  const arrived = useRef(new Set<string>());
  const count = useAtMost(COUNTS_MS, () => {
    const ids = [...arrived.current];
    arrived.current.clear();
    parts(ids).forEach((some) => {
      byIds(some, chosen).then((items) => setFresh((before) => (items.every((a) => before.has(a.id)) ? before : new Set([...before, ...items.map(rowId)]))), () => setMore(true));
    });
  });
  const unseen = (ids: readonly string[]): void => {
    const others = ids.filter((id) => !held.current.places.has(id));
    others.forEach((id) => arrived.current.add(id));
    if (others.length) count();
  };
  const fresher = useMemo(() => [...fresh].filter((id) => !places.has(id)).length, [fresh, places]);
  useEffect(() => {
    setFresh(new Set());
    setMore(false);
  }, [q, from, to]);
  // What is shown changes in place, and nothing moves; what is new waits until it is asked for.
  useLive(at.value ? null : '/alerts/live', (event: LiveEvent) => {
    // Rows do not move under whoever reads them: the tail pauses while the grid has the focus.
    const tails = tail && !document.activeElement?.closest('.grid');
    if (event.name === 'resync') {
      // Connected: what was fetched long before may have changed unheard, and what had no answer is known now.
      if (Date.now() - held.current.at > SETTLED_MS) catchUp();
      update(failed());
      return;
    }
    const data = event.data as Changed;
    if (tails) {
      follow(data.changed, data.more);
      return;
    }
    unseen(data.changed);
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
    for (let i = low; i <= high && (!on || next.size < ACTION_MAX); i++) next[on ? 'add' : 'delete'](list.items[i]!.id);
    last.current = index;
    setSelected(next);
  };
  const total = Math.max(list.items.length, (tail ? facets.data?.total : undefined) ?? list.first?.total ?? 0);
  /** All of the query, as far as one action reaches; again: none. */
  const toggleAll = (): void => {
    const most = Math.min(total, ACTION_MAX);
    if (selected.size >= most) {
      setSelected(new Set());
    } else if (list.items.length >= most) {
      setSelected(new Set(list.items.slice(0, most).map(rowId)));
    } else {
      get<{ items: Alert[] }>('/alerts', { ...asked, limit: ACTION_MAX }).then((page) => setSelected(new Set(page.items.map(rowId))), (error: Error) => toast(error.message, { bad: true }));
    }
  };
  const targets = (): string[] => (selected.size ? [...selected] : current ? [current.id] : []);
  const told: Told = {
    known: (id) => list.items[places.get(id) ?? -1],
    done: (ids, fields) => {
      done(ids, fields);
      countsSoon();
    },
  };
  const ask = (verb: Verb | 'dialog', ids: string[]): void => {
    if (!writes || ids.length === 0) return;
    if (verb === 'dialog') {
      setClosing(ids);
    } else {
      void act({ action: verb, ids, ...(verb === 'assign' ? { owner: 'me' } : {}) }, told);
      if (selected.size === 0 && verb !== 'assign' && cursor < list.items.length - 1) move(cursor + 1);
    }
  };
  const toIncident = (): void => {
    const ids = targets();
    if (ids.length > INCIDENT_MAX) toast(t('alerts.incident.most', { n: INCIDENT_MAX, of: ids.length }), { bad: true });
    else go(`/incidents?new=${ids.join(',')}`);
  };
  const keys = {
    a: () => ask('acknowledge', targets()), m: () => ask('assign', targets()), c: () => ask('dialog', targets()), r: () => ask('reopen', targets()), i: toIncident,
    t: () => { if (current?.rule) go(`/rules/${encodeURIComponent(current.rule)}`); },
  };
  useKeys({ n: refresh, '/': () => focusQuery('alerts-q'), f: () => setWide(!wide) }, {
    label: 'title.alerts', shortcuts: [{ keys: ['j', 'k'], label: 'alerts.key.move' }, { keys: ['x', 'Shift x'], label: 'alerts.key.select' }, { keys: ['Ctrl a'], label: 'alerts.key.selectall' }, { keys: ['Enter'], label: 'alerts.openpage' },
      { keys: ['a'], label: 'alerts.do.acknowledge' }, { keys: ['m'], label: 'alerts.do.assign' }, { keys: ['c'], label: 'alerts.do.close' }, { keys: ['r'], label: 'alerts.do.reopen' },
      { keys: ['i'], label: 'alerts.do.incident' }, { keys: ['t'], label: 'alerts.do.tune' }, { keys: ['n'], label: 'alerts.key.new' }, { keys: ['/'], label: 'alerts.key.query' }, { keys: ['f'], label: 'alerts.filters' }],
  });
  // Another language is another word, and makes all of them anew.
  const words = t('alerts.filters');
  const dated = useMemo(() => list.items.slice(0, 200).some((a) => short(a.last).length > SHORT), [list.first, words, zone.value]);
  const columns = useMemo(() => columnsFor(phone ? 'small' : pane ? 'compact' : 'all', tail ? 'last' : sort, !tail && reverse, dated), [dated, pane, phone, tail, sort, reverse, words, zone.value]);
  const acting = useRef(ask);
  acting.current = ask;

  // What a move of the cursor does not change is not drawn again for it.
  const head = useMemo(() => <><AsOf /><header class="ahead"><h1>{t('title.alerts')}</h1><Views q={q} /><LiveMark path="/alerts/live" /></header></>, [q, at.value, words]);
  const bar = useMemo(() => (
    <div class="qbar">
      <button type="button" class="btn icon" aria-expanded={wide} aria-label={t('alerts.filters')} onClick={() => setWide(!wide)}><Icon of={Filter} size={16} /></button>
      <div class="qbox"><Icon of={Search} size={16} /><QueryBox id="alerts-q" value={draft} label={t('alerts.query')} placeholder={t('alerts.query.empty')} onChange={setDraft} onRun={run} suggest={suggest} /></div>
      <button type="button" class="btn pri" onClick={() => run(draft)}>{t('do.run')}</button>
      <label class="grp">{t('alerts.sort')} <select value={tail ? 'last' : sort} disabled={tail} onChange={(event) => setQuery({ sort: event.currentTarget.value, reverse: null }, true)}>{SORTS.map((s) => <option key={s} value={s}>{t(`alerts.sort.${s}` as 'alerts.sort.risk')}</option>)}</select></label>
      <label class="grp"><input type="checkbox" checked={group} onChange={() => setQuery({ group: group ? null : '1' }, true)} /> {t('alerts.group')}</label>
      {at.value ? null : <button type="button" class={`btn tail${tail ? ' on' : ''}`} aria-pressed={tail} onClick={() => { setQuery({ tail: tail ? null : '1' }); refresh(); }}><Icon of={Play} size={14} />{t('alerts.tail')}</button>}
    </div>), [wide, draft, tail, sort, group, at.value, refresh, words]);
  const chart = useMemo(() => (
    <section class="hist" aria-label={t('alerts.histogram')}>
      <Time from={from} to={to} />
      {histogram.data ? <AlertsOverTime of={histogram.data} onRange={(a, b) => setQuery({ from: new Date(a).toISOString(), to: new Date(b).toISOString() }, true)} /> : histogram.error ? null : <div class="histroom" />}
    </section>), [from, to, histogram.data, histogram.error, at.value, words]);
  const side = useMemo(() => (wide ? (
    <aside class="facets" aria-label={t('alerts.filters')}>
      {facets.data ? <Facets facets={facets.data.facets} total={facets.data.total} onPick={(field, value, keep) => run(narrowed(q, field, value, keep))} />
        : facets.error ? <Failure what={t('alerts.filters')} error={facets.error} retry={facets.reload} /> : <Skeleton lines={8} />}
    </aside>) : null), [wide, facets.data, facets.error, facets.reload, q, words]);
  const none = list.first !== undefined && list.items.length === 0;
  const detail = useMemo(() => (pane && calm && !none ? <Pane key={calm} id={calm} turn={turn} close={() => setPane(false)} ask={(verb, ids) => acting.current(verb, ids)} /> : null), [pane, calm, none, turn, at.value]);
  const most = Math.min(total, ACTION_MAX);
  return (
    <div class={`desk alerts${detail ? ' has-detail' : ''}${wide ? '' : ' no-facets'}`}>
      {head}
      {bar}
      {chart}
      <div class="abody">
        {side}
        <section class="gwrap" aria-label={t('alerts.results')} aria-busy={list.busy && list.items.length === 0}>
          {at.value || !list.first ? null : (
            <div class="freshroom">{fresher > 0 || more
              ? <button type="button" class="fresh" onClick={refresh}><Icon of={ArrowUp} size={14} /><b>{more ? t('alerts.fresh.many') : t('alerts.fresh', { n: fresher })}</b> {t('alerts.fresh.since', { time: second(list.first.as_of ?? clock()) })}<kbd>n</kbd></button>
              : <span>{t('alerts.fresh.none', { time: second(list.first.as_of ?? clock()) })}</span>}</div>)}
          {list.error && list.items.length === 0 ? <Failure what={t('title.alerts')} error={list.error} retry={list.reload} />
            : !list.first ? <Skeleton lines={12} />
              : list.items.length === 0 ? <Empty title={t('alerts.empty')}><p>{t('alerts.empty.why')} <span class="mono">{q}</span>{from || to ? ` ${t('alerts.empty.time')}` : ''}</p><p><button type="button" class="btn sm" onClick={() => setQuery({ q: '', from: null, to: null }, true)}>{t('alerts.empty.all')}</button></p></Empty>
                : <Grid rows={list.items} columns={columns} total={total} onEnd={list.loadMore} id={rowId} cursor={cursor} onCursor={move} onOpen={(i) => go(linkAt(`/alerts/${list.items[i]!.id}?q=${encodeURIComponent(q)}`))}
                  onSort={(key) => setQuery({ sort: key, reverse: sort === key && !reverse ? '1' : null }, true)} selected={selected} {...(writes ? { onSelect: toggle, onSelectAll: toggleAll, all: selected.size > 0 && selected.size >= most } : {})}
                  label={t('alerts.grid', { n: total })} describe={describe} rowClass={rowClass} keys={keys} />}
          {selected.size > 0 ? (
            <div class="bulk" role="region" aria-label={t('alerts.selected.label')}><b role="status">{t('alerts.selected', { n: selected.size, of: total })}</b>
              {selected.size >= ACTION_MAX && total > ACTION_MAX ? <span>{t('alerts.selected.most', { n: ACTION_MAX })}</span> : selected.size < most ? <button class="lnk all" type="button" onClick={toggleAll}>{t('alerts.selectall', { n: most })}</button> : null}
              <button class="btn inv" type="button" onClick={() => ask('acknowledge', targets())}>{t('alerts.do.acknowledge')}<kbd>a</kbd></button>
              <button class="btn inv" type="button" onClick={() => ask('assign', targets())}>{t('alerts.do.assign')}<kbd>m</kbd></button>
              {may('incidents.write') ? <button class="btn inv" type="button" onClick={toIncident}>{t('alerts.do.incident')}<kbd>i</kbd></button> : null}
              <button class="btn inv" type="button" onClick={() => ask('dialog', targets())}>{t('alerts.do.close')}<kbd>c</kbd></button>
              <button class="lnk" type="button" onClick={() => setSelected(new Set())}>{t('do.clear')}</button></div>) : null}
          <footer class="keys"><span><kbd>j</kbd><kbd>k</kbd> {t('alerts.key.move')}</span>{writes ? <span><kbd>x</kbd> {t('alerts.key.select')}</span> : null}<span><kbd>?</kbd> {t('alerts.key.all')}</span>
            <button type="button" class="lnk" aria-pressed={pane} onClick={() => setPane(!pane)}>{t('alerts.pane')}</button>
            <Unanswered /><span class="cnt" role="status">{t('alerts.count', { n: total, row: Math.min(cursor + 1, total) })}</span></footer>
        </section>
        {detail}
      </div>
      {closing ? <CloseDialog ids={closing} told={told} onClose={() => setClosing(null)} /> : null}
    </div>
  );
}
