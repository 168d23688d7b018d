// The columns of the queue, all of them and those that stay with the detail open.
import { number, short, visible } from '../../core/format';
import { t, tword } from '../../core/messages';
import type { Column } from '../../ui/grid';
import { SeverityMark } from '../../ui/marks';
import { Owner, Status } from './pending';
import type { Alert } from './types';

const full: Column<Alert>[] = [
  { key: 'severity', head: 'alerts.field.severity', width: '92px', sort: 'none', cell: (a) => <SeverityMark level={a.level} /> },
  { key: 'risk', head: 'alerts.field.risk', width: '54px', cls: 'n', sort: 'none', cell: (a) => a.risk },
  { key: 'rule', head: 'alerts.field.rule', width: 'minmax(220px,1.8fr)', cls: 'strong', cell: (a) => <span class="el">{visible(a.title)}</span> },
  { key: 'count', head: 'alerts.field.count', width: '76px', cls: 'n', sort: 'none', cell: (a) => number(a.count) },
  { key: 'org', head: 'alerts.field.organisation', width: 'minmax(150px,1.1fr)', sort: 'none', cell: (a) => <span class="el">{visible(a.organisation_name ?? a.organisation)}</span> },
  { key: 'entity', head: 'alerts.field.entity', width: 'minmax(120px,.8fr)', cls: 'mono', cell: (a) => <span class="el">{visible(a.entity)}</span> },
  { key: 'care', head: 'alerts.field.care', width: 'minmax(96px,.6fr)', cell: (a) => (a.criticality === 'unknown' ? <span class="none">{tword('criticality', 'unknown')}</span> : <span class="el">{a.care ? visible(a.care) : tword('criticality', a.criticality)}</span>) },
  { key: 'last', head: 'alerts.field.last', width: '118px', sort: 'none', cell: (a) => short(a.last) },
  { key: 'status', head: 'alerts.field.status', width: '134px', sort: 'none', cell: (a) => <Status of={a} /> },
  { key: 'owner', head: 'alerts.field.owner', width: '116px', cell: (a) => <Owner of={a} /> },
];
/** With the detail open the queue keeps what triage needs. */
const compact = ['severity', 'rule', 'org', 'entity', 'last', 'status'];
/** On a telephone: what is read and done without scrolling aside. */
const small = ['severity', 'rule', 'entity', 'status'];
export type Room = 'all' | 'compact' | 'small';

const WIDTHS: Record<string, string> = { rule: 'minmax(92px,1.4fr)', entity: 'minmax(70px,1fr)', status: '116px' };

/** `dated`: times have their day, too, and need its room. */
export function columnsFor(room: Room, sort: string, reverse: boolean, dated: boolean): Column<Alert>[] {
  const narrow = room !== 'all';
  return full.filter((c) => !narrow || (room === 'small' ? small : compact).includes(c.key)).map((c) => ({
    ...c, head: t(c.head as 'alerts.field.risk'), ...(room === 'small' && WIDTHS[c.key] ? { width: WIDTHS[c.key]! } : c.key === 'last' && dated ? { width: '156px' } : {}),
    ...(c.key === 'severity' && narrow ? { width: room === 'small' ? '58px' : '76px', cell: (a: Alert) => <><SeverityMark level={a.level} label={false} /><b class={`sev-${a.level}`}>{a.risk}</b></> } : {}),
    ...(c.sort ? { sort: sort === c.key ? ((sort === 'org' || sort === 'status') !== reverse ? 'ascending' as const : 'descending' as const) : 'none' as const } : {}),
  }));
}
