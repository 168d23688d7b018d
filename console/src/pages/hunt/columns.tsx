// The columns of events.
import { short, visible } from '../../core/format';
import { t } from '../../core/messages';
import type { Column } from '../../ui/grid';
import { said } from './parts';
import type { Event, Row } from './types';

/** What tells most of an event in one line. */
function gist(event: Event): string {
  const rest = Object.entries(event.fields).filter(([name]) => !/^(@timestamp|time|utctime|computer|hostname|host)$/i.test(name));
  return rest.slice(0, 14).map(([name, value]) => `${name}=${said(value)}`).join('  ') || (event.raw ?? '');
}
export const event = (row: Row): Event => row as unknown as Event;
export const el = (text: string | undefined) => (text ? <span class="el">{visible(text)}</span> : <span class="none">–</span>);

export function eventColumns(narrow: boolean): Column<Row>[] {
  const all: Column<Row>[] = [
    { key: 'time', head: t('hunt.when'), width: '128px', cell: (row) => (event(row).time ? short(event(row).time) : <span class="none">–</span>) },
    { key: 'org', head: 'org', width: '64px', cls: 'mono', cell: (row) => el(event(row).org) },
    { key: 'host', head: 'host', width: 'minmax(110px,.5fr)', cls: 'mono', cell: (row) => el(event(row).host) },
    { key: 'user', head: 'user', width: 'minmax(90px,.4fr)', cls: 'mono', cell: (row) => el(event(row).user) },
    { key: 'class', head: 'class', width: 'minmax(120px,.6fr)', cell: (row) => el(event(row).class) },
    { key: 'event', head: t('hunt.event'), width: 'minmax(260px,3fr)', cls: 'mono', cell: (row) => el(gist(event(row))) },
  ];
  return narrow ? all.filter((c) => c.key !== 'class' && c.key !== 'user') : all;
}
