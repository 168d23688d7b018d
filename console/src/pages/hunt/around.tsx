// What stands around an event: of its source or its host, in order of time, the event marked.
import { useEffect, useMemo, useState } from 'preact/hooks';
import { full, second, short, visible } from '../../core/format';
import { useKeys } from '../../core/keyboard';
import { t } from '../../core/messages';
import { zone } from '../../core/prefs';
import { useResource } from '../../core/resource';
import { query, setQuery } from '../../core/router';
import { Grid } from '../../ui/grid';
import { Failure, Skeleton } from '../../ui/states';
import { eventColumns } from './columns';
import { Detail, type Change } from './parts';
import { condition } from '../../core/query';
import { go } from '../../core/router';
import type { Event, Row } from './types';

interface Context { event: string; by: 'source' | 'host'; of: string; before: number; behind: number; damaged: number; items: Event[] }
const EACH = [10, 50, 200] as const;

function Rows({ of, each, pane, setPane }: { of: Context; each: number; pane: boolean; setPane: (shown: boolean) => void }) {
  const [cursor, setCursor] = useState(of.before);
  const [turn, setTurn] = useState(1);
  useEffect(() => { setCursor(of.before); setTurn((n) => n + 1); }, [of]);
  useKeys({ v: () => setPane(!pane), '.': () => { setCursor(of.before); setTurn((n) => n + 1); } }, {
    label: 'hunt.around', shortcuts: [{ keys: ['j', 'k'], label: 'grid.move' }, { keys: ['.'], label: 'hunt.around.back' }, { keys: ['v'], label: 'hunt.pane' }],
  });
  const rows = of.items as unknown as readonly Row[];
  const row = rows[cursor];
  const shown = pane && row !== undefined;
  const columns = useMemo(() => eventColumns(shown), [shown, zone.value]);
  const centre = of.event;
  const change: Change = {
    pick: (field, value, keep) => go(`/hunt?q=${encodeURIComponent(condition(field, value, keep))}`),
    count: () => undefined,
  };
  return (
    <div class="abody">
      <section class="gwrap" aria-label={t('hunt.results')}>
        <Grid rows={rows} columns={columns} id={(r) => String(r['id'])} cursor={cursor} onCursor={setCursor} onOpen={() => setPane(true)} reveal={turn}
          rowClass={(r) => (r['id'] === centre ? 'centre' : '')} label={t('hunt.around.label', { n: of.items.length })} describe={(r) => `${second((r as unknown as Event).time)} ${String(r['host'] ?? '')}`} />
        <footer class="keys"><span><kbd>j</kbd><kbd>k</kbd> {t('grid.move')}</span><button type="button" class="lnk" onClick={() => { setCursor(of.before); setTurn(turn + 1); }}><kbd>.</kbd> {t('hunt.around.back')}</button>
          <button type="button" class="lnk" aria-pressed={pane} onClick={() => setPane(!pane)}>{t('hunt.pane')}</button>
          <span class="cnt" role="status">{[t('hunt.around.count', { before: of.before, behind: of.behind }), of.before < each ? t('hunt.around.first') : '', of.behind < each ? t('hunt.around.last') : ''].filter(Boolean).join(' · ')}</span></footer>
      </section>
      {shown ? <Detail row={row} change={change} close={() => setPane(false)} around={false} /> : null}
    </div>
  );
}

export function Around({ id }: { id: string }) {
  const by = query.value.get('by') === 'host' ? 'host' : 'source';
  const asked = Number(query.value.get('each'));
  const each = EACH.find((n) => n === asked) ?? 50;
  const [pane, setPane] = useState(true);
  const context = useResource<Context>(`/events/${encodeURIComponent(id)}/context`, { by, each });
  const centre = context.data?.items[context.data.before];
  return (
    <div class={`desk hunt around no-facets${pane && context.data ? ' has-detail' : ''}`} data-busy={context.busy}>
      <header class="ahead"><h1>{t('hunt.around')}</h1><a href={`/hunt?q=id:${encodeURIComponent(id)}`} class="mono">{id}</a>
        {centre?.time ? <time dateTime={centre.time} title={full(centre.time)}>{short(centre.time)}</time> : null}</header>
      <div class="qbar">
        <span class="seg" role="group" aria-label={t('hunt.around.by')}>
          {(['source', 'host'] as const).map((b) => <button type="button" key={b} aria-pressed={b === by} onClick={() => setQuery({ by: b === 'source' ? null : b })}>{t(`hunt.around.${b}`)}</button>)}
        </span>
        <span class="seg" role="group" aria-label={t('hunt.around.each')}>
          {EACH.map((n) => <button type="button" key={n} aria-pressed={n === each} onClick={() => setQuery({ each: n === 50 ? null : String(n) })}>{t('hunt.around.n', { n })}</button>)}
        </span>
        {context.data ? <span class="none">{t(context.data.by === 'host' ? 'hunt.around.host' : 'hunt.around.source')} <b class="mono">{visible(context.data.of)}</b></span> : null}
        {context.data?.damaged ? <span class="bad">{t('hunt.damaged', { n: context.data.damaged })}</span> : null}
      </div>
      {context.error ? <Failure what={t('hunt.around')} error={context.error} retry={context.reload} />
        : context.data ? <Rows of={context.data} each={each} pane={pane} setPane={setPane} /> : <Skeleton lines={10} />}
    </div>
  );
}
