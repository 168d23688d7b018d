// Hunting: a query over all evidence, run as a job of the server. The address holds the query
// and the time; facets, brush and menus only change these.
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { now } from '../../core/clock';
import { decimal, number, second, short, visible } from '../../core/format';
import { useKeys } from '../../core/keyboard';
import { t } from '../../core/messages';
import { zone } from '../../core/prefs';
import { query, setQuery } from '../../core/router';
import { may } from '../../core/session';
import { Grid, type Column } from '../../ui/grid';
import { QueryEditor, focusQuery, type Suggestion } from '../../ui/query';
import { Empty, Skeleton } from '../../ui/states';
import { EventsOverTime } from './histogram';
import { useHunt, type Job } from './job';
import { Around } from './around';
import { el, event, eventColumns } from './columns';
import { Export, KEEP_MAX } from './export';
import { Kept, Save, noteRecent } from './kept';
import { Detail, Facets, QueryFault, said, type Change } from './parts';
import { condition, narrowed } from '../../core/query';
import { toast } from '../../ui/toast';
import { isEvent, type Event, type Row } from './types';

const FACETS = ['org', 'class', 'host', 'user', 'source'];
const FACETS_MAX = 10;
const WORDS = ['AND', 'OR', 'NOT', '| count by', '| timeline', '| top', '| distinct', '| stats', '| first', '| last', '| sort', '| fields', '| head'];
const OWN = ['time', 'received', 'org', 'source', 'class', 'format', 'host', 'user', 'id', 'raw'];
const EXAMPLES = ['user:administrator AND class:*logon*', 'Image:*\\powershell.exe', '10.0.0.0/8 AND NOT host:*', '* | top host', '* | timeline 1h by org'];

function suggestions(rows: readonly Row[]): (word: string) => readonly Suggestion[] {
  return (word) => {
    const fields = new Set(OWN);
    for (const row of rows.slice(0, 50)) if (isEvent(row)) Object.keys((row as unknown as Event).fields).forEach((name) => fields.add(name));
    const low = word.toLowerCase();
    return [...[...fields].map((label) => ({ label, apply: `${label}:` })), ...WORDS.map((label) => ({ label }))].filter((s) => s.label.toLowerCase().includes(low)).slice(0, 40);
  };
}

/** The field of a time in the person's zone, and back. */
function local(iso: string): string {
  const time = iso ? new Date(iso) : null;
  if (!time || Number.isNaN(time.getTime())) return '';
  return new Date(time.getTime() - (zone.value === 'UTC' ? 0 : time.getTimezoneOffset() * 60_000)).toISOString().slice(0, 19);
}
const utc = (text: string): string | null => (text ? new Date(zone.value === 'UTC' ? `${text}Z` : text).toISOString() : null);
const HOURS = [1, 24, 168] as const;

function Time({ from, to }: { from: string; to: string }) {
  const ago = (hours: number): void => setQuery({ from: new Date(now() - hours * 3600_000).toISOString(), to: null }, true);
  return (
    <div class="timebox">
      <label>{t('hunt.from')} <input type="datetime-local" step={1} value={local(from)} onChange={(event) => setQuery({ from: utc(event.currentTarget.value) }, true)} /></label>
      <label>{t('hunt.to')} <input type="datetime-local" step={1} value={local(to)} onChange={(event) => setQuery({ to: utc(event.currentTarget.value) }, true)} /></label>
      <span class="seg" role="group" aria-label={t('hunt.time')}>
        {HOURS.map((h) => <button type="button" key={h} aria-pressed={false} onClick={() => ago(h)}>{t(`hunt.last.${h}`)}</button>)}
        <button type="button" aria-pressed={!from && !to} onClick={() => setQuery({ from: null, to: null }, true)}>{t('hunt.anytime')}</button>
      </span>
    </div>
  );
}

function Going({ job, cancel }: { job: Job; cancel: () => void }) {
  const { hunt } = job;
  if (!hunt) return <p class="going" role="status">{job.busy ? t('hunt.state.queued') : ''}</p>;
  const { blocks, skipped, counted, searched, damaged, left } = hunt.progress;
  const done = blocks - left;
  const going = job.busy && hunt.state === 'done' ? 'running' : hunt.state;
  const took = hunt.ended ? (Date.parse(hunt.ended) - Date.parse(hunt.created)) / 1000 : null;
  return (
    <p class="going" role="status">
      <b>{t(job.stopping && job.busy ? 'hunt.state.stopping' : `hunt.state.${going}`)}</b>
      <progress max={Math.max(1, blocks)} value={hunt.state === 'done' ? Math.max(1, blocks) : done} aria-label={t('hunt.progress')} />
      <span class="sums">{t('hunt.blocks', { done: number(done), blocks: number(blocks) })}{': '}
        {[skipped ? t('hunt.skipped', { n: number(skipped) }) : '', counted ? t('hunt.counted', { n: number(counted) }) : '', t('hunt.searched', { n: number(searched) }), left || hunt.state !== 'done' ? t('hunt.left', { n: number(left) }) : ''].filter(Boolean).join(', ')}</span>
      {took !== null && took >= 0 ? <span>{t('hunt.took', { seconds: decimal(took, took < 1 ? 3 : 1) })}</span> : null}
      {damaged ? <span class="bad">{t('hunt.damaged', { n: damaged })}</span> : null}
      {hunt.exact ? null : <span class="bad">{t('hunt.inexact')}</span>}
      {job.busy ? <button type="button" class="btn sm" disabled={job.stopping} onClick={cancel}>{t('do.cancel')}</button> : null}
    </p>
  );
}

function columnsOf(rows: readonly Row[], narrow: boolean): Column<Row>[] {
  const first = rows[0];
  if (first && !isEvent(first)) {
    const names = [...new Set(rows.slice(0, 50).flatMap((row) => Object.keys(row)))];
    const numeric = (name: string): boolean => rows.slice(0, 50).every((row) => row[name] === null || typeof row[name] === 'number');
    const instant = (value: unknown): boolean => typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value);
    return names.map((name) => ({
      key: name, head: visible(name), width: numeric(name) ? 'minmax(80px,.5fr)' : 'minmax(140px,1fr)', cls: numeric(name) ? 'n' : 'mono',
      cell: (row: Row) => { const value = row[name]; return value === null || value === undefined ? <span class="none">{t('hunt.novalue')}</span> : typeof value === 'number' ? number(value) : instant(value) ? short(value as string) : el(said(value)); },
    }));
  }
  return eventColumns(narrow);
}

/** What is done with a query and what it found. */
function Deeds({ text, from, to, onExport, rule }: { text: string; from: string; to: string; onExport: (() => void) | null; rule: string | null }) {
  const [open, setOpen] = useState<'' | 'kept' | 'save'>('');
  const close = (): void => setOpen('');
  const copy = (): void => { void navigator.clipboard.writeText(location.href).then(() => toast(t('do.copied')), () => toast(t('hunt.nocopy'), { bad: true })); };
  return (
    <div class="deeds" role="group" aria-label={t('hunt.deeds')}>
      <button type="button" class="btn" aria-haspopup="dialog" onClick={() => setOpen('kept')}>{t('hunt.kept')}</button>
      {text ? <button type="button" class="btn" aria-haspopup="dialog" onClick={() => setOpen('save')}>{t('hunt.save')}</button> : null}
      {rule ? <a class="btn" href={rule}>{t('hunt.rule')}</a> : null}
      {onExport ? <button type="button" class="btn" aria-haspopup="dialog" onClick={onExport}>{t('hunt.export')}</button> : null}
      {text ? <button type="button" class="btn" onClick={copy}>{t('hunt.link')}</button> : null}
      {open === 'kept' ? <Kept from={from} to={to} onClose={close} /> : open === 'save' ? <Save text={text} onClose={close} /> : null}
    </div>
  );
}

export default function HuntPage() {
  const around = query.value.get('around');
  return around ? <Around key={around} id={around} /> : <Search />;
}

function Search() {
  const q = query.value.get('q');
  const from = query.value.get('from') ?? '';
  const to = query.value.get('to') ?? '';
  const asked = query.value.get('facets');
  const facets = useMemo(() => (asked ? asked.split(',').filter(Boolean).slice(0, FACETS_MAX) : FACETS), [asked]);
  // What is being typed stays in the editor: written back to it, it would fight with fast typing.
  const draft = useRef(q ?? '');
  const [turn, setTurn] = useState(0);
  const [cursor, setCursor] = useState(0);
  const [pane, setPane] = useState(true);
  const [exporting, setExporting] = useState(false);
  const keep = Math.min(KEEP_MAX, Math.max(0, Math.floor(Number(query.value.get('keep'))) || 0));
  const job = useHunt(q === null ? null : { query: q, from, to, facets, keep }, turn);
  // A query that is none is not one to come back to.
  const ran = job.hunt !== undefined && !job.busy;
  useLayoutEffect(() => { if (q && ran) noteRecent(q); }, [q, ran]);
  useEffect(() => { draft.current = q ?? ''; }, [q]);
  useEffect(() => setCursor(0), [job.of]);
  const run = (text: string): void => {
    const wanted = text.trim() || '*';
    if (wanted === q) setTurn((n) => n + 1);
    else setQuery({ q: wanted }, true);
  };
  const table = job.rows[0] !== undefined && !isEvent(job.rows[0]);
  const change: Change = {
    // From a row of a table to the events behind it.
    pick: (field, value, keep) => run(narrowed(draft.current, condition(field, value, keep), !table)),
    count: (field, on) => setQuery({ facets: on ? [field, ...facets.filter((f) => f !== field)].slice(0, FACETS_MAX).join(',') : facets.filter((f) => f !== field).join(',') }),
  };
  useKeys({ '/': () => focusQuery('hunt-q'), v: () => setPane(!pane) }, {
    label: 'title.hunt', shortcuts: [{ keys: ['/'], label: 'hunt.query' }, { keys: ['Ctrl Enter'], label: 'do.run' }, { keys: ['j', 'k'], label: 'grid.move' }, { keys: ['v'], label: 'hunt.pane' }],
  });
  const suggest = useMemo(() => suggestions(job.rows), [job.rows.length > 0 ? job.rows[0] : null]);
  const row = job.rows[Math.min(cursor, Math.max(0, job.rows.length - 1))];
  const shown = pane && row !== undefined;
  const columns = useMemo(() => columnsOf(job.rows, shown), [job.rows.length > 0 ? job.rows[0] : null, table && job.rows.length, shown, zone.value]);
  const rowId = useCallback((r: Row) => String(r['id'] ?? JSON.stringify(r)), []);
  const describe = useCallback((r: Row) => (isEvent(r) ? `${second(event(r).time)} ${event(r).host ?? ''}` : Object.values(r).map(said).join(', ')), []);
  const kept = job.hunt?.rows ?? job.rows.length;
  const matched = job.summary?.matched ?? job.hunt?.matched ?? job.rows.length;
  const counted = job.summary?.facets ?? [];
  const wide = counted.length > 0;
  const example = row && isEvent(row) ? event(row).id : undefined;
  const rule = q !== null && ran && may('rules.read') ? `/rules/new?${new URLSearchParams({ q, ...(example ? { event: example } : {}) }).toString()}` : null;
  return (
    <div class={`desk hunt${shown ? ' has-detail' : ''}${wide ? '' : ' no-facets'}`} data-busy={job.busy}>
      <header class="ahead"><h1>{t('title.hunt')}</h1><Time from={from} to={to} /></header>
      <div class="qbar">
        <div class="qbox"><QueryEditor id="hunt-q" lines value={q ?? ''} label={t('hunt.query')} placeholder={t('hunt.query.empty')} onChange={(text) => { draft.current = text; }} onRun={run} suggest={suggest} /></div>
        <button type="button" class="btn pri" onClick={() => run(draft.current)}>{t('do.run')}<kbd>Ctrl</kbd><kbd>Enter</kbd></button>
        <Deeds text={q ?? ''} from={from} to={to} rule={rule} onExport={job.hunt && ran && job.hunt.rows > 0 ? () => setExporting(true) : null} />
      </div>
      <section class="hist" aria-label={t('hunt.histogram')}>
        {q === null || (job.error && !job.hunt) ? null : <Going job={job} cancel={job.cancel} />}
        {job.summary?.histogram?.buckets.length
          ? <EventsOverTime of={job.summary.histogram} onRange={(a, b) => setQuery({ from: new Date(Math.floor(a)).toISOString(), to: new Date(Math.ceil(b)).toISOString() }, true)} /> : job.busy ? <div class="histroom" /> : null}
        {job.summary?.histogram?.undated ? <p class="none">{t('hunt.undated', { n: job.summary.histogram.undated })}</p> : null}
      </section>
      <div class="abody">
        {wide ? <aside class="facets" aria-label={t('hunt.values')} tabIndex={0}><Facets facets={counted} total={matched} change={change} /></aside> : null}
        <section class="gwrap" aria-label={t('hunt.results')} aria-busy={job.busy && job.rows.length === 0}>
          {job.error ? <QueryFault error={job.error} query={q ?? ''} retry={() => setTurn(turn + 1)} /> : null}
          {q === null ? (
            <Empty title={t('hunt.begin')}><p>{t('hunt.begin.text')}</p>
              <ul class="examples">{EXAMPLES.map((text) => <li key={text}><a class="mono" href={`/hunt?q=${encodeURIComponent(text)}`}>{text}</a></li>)}</ul></Empty>)
            : job.rows.length > 0 ? (
              <Grid rows={job.rows} columns={columns} total={Math.max(kept, job.rows.length)} onEnd={job.loadMore} id={rowId} cursor={cursor} onCursor={setCursor} onOpen={() => setPane(true)} label={t('hunt.grid', { n: kept })} describe={describe} />)
              : job.busy ? <Skeleton lines={10} />
                : job.error ? null : <Empty title={t('hunt.none')}><p>{t('hunt.none.text')}</p>{from || to ? <p><button type="button" class="btn sm" onClick={() => setQuery({ from: null, to: null }, true)}>{t('hunt.anytime')}</button></p> : null}</Empty>}
          <footer class="keys"><span><kbd>j</kbd><kbd>k</kbd> {t('grid.move')}</span><span><kbd>/</kbd> {t('hunt.query')}</span>
            <button type="button" class="lnk" aria-pressed={pane} onClick={() => setPane(!pane)}>{t('hunt.pane')}</button>
            {q === null || (job.error && !job.hunt) ? null : <span class="cnt" role="status">{t(table ? 'hunt.rows' : 'hunt.events', { n: table ? kept : matched })}{job.hunt?.cut ? `, ${t('hunt.cut', { n: kept })}` : ''}</span>}
            {job.hunt?.cut && keep < KEEP_MAX && !job.busy ? <button type="button" class="lnk" onClick={() => setQuery({ keep: String(KEEP_MAX) }, true)}>{t('hunt.export.keep', { n: number(KEEP_MAX) })}</button> : null}</footer>
        </section>
        {shown ? <Detail row={row} change={change} close={() => setPane(false)} around /> : null}
      </div>
      {exporting && job.hunt ? <Export hunt={job.hunt} matched={job.summary?.matched} table={table} onClose={() => setExporting(false)} onMore={keep < KEEP_MAX ? () => { setExporting(false); setQuery({ keep: String(KEEP_MAX) }, true); } : null} /> : null}
    </div>
  );
}
