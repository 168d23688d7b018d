// A windowed grid of rows of one height: 100,000 rows keep some forty elements in the document.
//
// Focus stays on the grid; the row under the cursor is told by aria-activedescendant, and only
// while it is in the document. Rows are drawn again only when what they show changes; slots
// are reused by position, so that scrolling makes no elements.
import { Component, type ComponentChildren } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { t } from '../core/messages';
import { keysOn, rowHeight } from '../core/prefs';

export interface Column<T> {
  key: string;
  head: string;
  /** Of grid-template-columns: "92px", "minmax(200px, 1fr)". */
  width: string;
  cls?: string;
  cell: (row: T) => ComponentChildren;
  sort?: 'ascending' | 'descending' | 'none';
}
export interface GridProps<T> {
  rows: readonly T[];
  columns: readonly Column<T>[];
  /** Of all there are, when more than `rows` can be had. */
  total?: number;
  /** The window nears the end of `rows`. */
  onEnd?: () => void;
  id: (row: T) => string;
  cursor: number;
  onCursor: (index: number) => void;
  onOpen?: (index: number) => void;
  onSort?: (key: string) => void;
  /** Ids that are selected, and what to do when one is; without it there is no column to select by. */
  selected?: ReadonlySet<string>;
  onSelect?: (index: number, range: boolean) => void;
  /** All, or none when `all` are: a box at the head, and Ctrl+A. */
  onSelectAll?: () => void;
  all?: boolean;
  label: string;
  rowClass?: (row: T) => string;
  describe: (row: T) => string;
  /** Another number: the cursor was put where it is by a link, so the grid shows it. */
  reveal?: number;
  /** Keys beyond moving, selecting and opening: `{ a: acknowledge }`. */
  keys?: Readonly<Record<string, () => void>>;
}

const OVERSCAN = 8;
const HEAD = 32;
const NONE: ReadonlySet<string> = new Set();
const domId = (id: string): string => `row-${id.replace(/[^\w-]/g, '_')}`;

interface RowProps {
  row: unknown; index: number; id: string; height: number; template: string; columns: readonly Column<unknown>[];
  isCursor: boolean; selectable: boolean; isSelected: boolean; cls: string; describe: (row: unknown) => string;
  onCursor: (index: number) => void; onSelect: (index: number, range: boolean) => void; onOpen: (index: number) => void;
}
class Row extends Component<RowProps> {
  override shouldComponentUpdate(next: RowProps): boolean {
    const now = this.props;
    return next.row !== now.row || next.index !== now.index || next.isCursor !== now.isCursor || next.isSelected !== now.isSelected ||
      next.template !== now.template || next.cls !== now.cls || next.columns !== now.columns || next.height !== now.height;
  }
  override render({ row, index, id, height, template, columns, isCursor, selectable, isSelected, cls, describe, onCursor, onSelect, onOpen }: RowProps) {
    return (
      <div id={domId(id)} role="row" aria-rowindex={index + 2} aria-selected={selectable ? isSelected : isCursor} class={`gr ${cls}${isCursor ? ' cur' : ''}`}
        style={{ transform: `translateY(${index * height}px)`, gridTemplateColumns: template, height: `${height}px` }}
        onClick={() => onCursor(index)} onDblClick={() => onOpen(index)}>
        {selectable ? (
          <div role="gridcell" class="gc pick">
            <input type="checkbox" tabIndex={-1} checked={isSelected} aria-label={t('grid.select', { what: describe(row) })}
              onClick={(event) => { event.stopPropagation(); onSelect(index, event.shiftKey); }} />
          </div>) : null}
        {columns.map((c) => <div key={c.key} role="gridcell" class={`gc ${c.cls ?? ''}`}>{c.cell(row)}</div>)}
      </div>
    );
  }
}

function Head<T>({ columns, template, selectable, onSort, onSelectAll, all = false, some }: Pick<GridProps<T>, 'columns' | 'onSort' | 'onSelectAll' | 'all'> & { template: string; selectable: boolean; some: boolean }) {
  return (
    <div role="row" aria-rowindex={1} class="gh" style={{ gridTemplateColumns: template }}>
      {selectable ? (
        <div role="columnheader" class="gc pick">
          {onSelectAll ? <input type="checkbox" tabIndex={-1} checked={all} indeterminate={some && !all} aria-label={t('grid.selectall')} onClick={onSelectAll} /> : <span class="vh">{t('grid.selectcolumn')}</span>}
        </div>) : null}
      {columns.map((c) => (
        <div key={c.key} role="columnheader" class={`gc ${c.cls ?? ''}`} aria-sort={c.sort}>
          {c.sort && onSort
            ? <button type="button" tabIndex={-1} class="sort" aria-label={t('grid.sort', { column: c.head })} onClick={() => onSort(c.key)}>{c.head}
              {c.sort === 'none' ? null : <svg class={c.sort} width="9" height="9" viewBox="0 0 9 9" aria-hidden="true"><path d="M1 2.5h7L4.500 7.500z" /></svg>}</button>
            : c.head || <span class="vh">{c.key}</span>}
        </div>))}
    </div>
  );
}

/** Where a key moves the cursor, or -1. */
function moved(key: string, cursor: number, page: number, count: number): number {
  const to = { j: cursor + 1, ArrowDown: cursor + 1, k: cursor - 1, ArrowUp: cursor - 1, PageDown: cursor + page, PageUp: cursor - page, Home: 0, End: count - 1 }[key];
  return to === undefined || (key.length === 1 && !keysOn.value) ? -1 : Math.max(0, Math.min(count - 1, to));
}

export function Grid<T>(props: GridProps<T>) {
  const { rows, columns, cursor, selected = NONE, reveal = 0, total = rows.length } = props;
  const height = rowHeight();
  const box = useRef<HTMLDivElement>(null);
  const follow = useRef(true);
  const revealed = useRef(0);
  const [top, setTop] = useState(0);
  const [room, setRoom] = useState(600);
  const calls = useRef(props);
  calls.current = props;
  const onCursor = useCallback((index: number) => calls.current.onCursor(index), []);
  const onSelect = useCallback((index: number, range: boolean) => calls.current.onSelect?.(index, range), []);
  const onOpen = useCallback((index: number) => calls.current.onOpen?.(index), []);
  const describe = useCallback((row: unknown) => calls.current.describe(row as T), []);
  useLayoutEffect(() => {
    const element = box.current!;
    const watch = new ResizeObserver(() => setRoom(element.clientHeight));
    watch.observe(element);
    setRoom(element.clientHeight);
    return () => watch.disconnect();
  }, []);
  useLayoutEffect(() => { follow.current = true; }, [reveal]);
  // Scrolls to the cursor only when the person moved it, never because rows came.
  useEffect(() => {
    if (!follow.current || !room) return;
    follow.current = false;
    const element = box.current!;
    const y = cursor * height;
    if (reveal !== revealed.current) {
      revealed.current = reveal;
      element.scrollTop = y - element.clientHeight / 2 + HEAD;
    } else if (y < element.scrollTop) {
      element.scrollTop = y;
    } else if (y + height > element.scrollTop + element.clientHeight - HEAD) {
      element.scrollTop = y + height - element.clientHeight + HEAD;
    }
  }, [cursor, room, reveal]);
  const from = Math.max(0, Math.floor(top / height) - OVERSCAN);
  const to = Math.min(rows.length, Math.ceil((top + room) / height) + OVERSCAN);
  useEffect(() => {
    if (rows.length < total && to > rows.length - 50) props.onEnd?.();
  }, [to, rows.length, total]);
  const selectable = props.onSelect !== undefined;
  const template = (selectable ? '34px ' : '') + columns.map((c) => c.width).join(' ');
  const press = (event: KeyboardEvent): void => {
    if (event.target !== box.current) return;
    if (event.ctrlKey && !event.shiftKey && !event.altKey && event.key.toLowerCase() === 'a' && props.onSelectAll) {
      event.preventDefault();
      props.onSelectAll();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(room / height) - 2);
    const next = moved(event.key, cursor, page, rows.length);
    if (next >= 0) {
      follow.current = true;
      props.onCursor(next);
    } else if (event.key === ' ' || (keysOn.value && event.key.toLowerCase() === 'x')) {
      if (!selectable) return;
      props.onSelect!(cursor, event.shiftKey);
    } else if (event.key === 'Enter') {
      props.onOpen?.(cursor);
    } else if (keysOn.value && props.keys?.[event.key]) {
      // What is done with a row may go on to the next, which is to be seen.
      follow.current = true;
      props.keys[event.key]!();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const pool = Math.ceil(room / height) + 2 * OVERSCAN + 2;
  const shown = [];
  for (let i = from; i < to; i++) {
    const row = rows[i]!;
    const id = props.id(row);
    shown.push(
      <Row key={i % pool} row={row} index={i} id={id} height={height} template={template} columns={columns as readonly Column<unknown>[]}
        isCursor={i === cursor} selectable={selectable} isSelected={selected.has(id)} cls={props.rowClass?.(row) ?? ''} describe={describe}
        onCursor={onCursor} onSelect={onSelect} onOpen={onOpen} />);
  }
  const active = rows[cursor] && cursor >= from && cursor < to ? domId(props.id(rows[cursor]!)) : undefined;
  return (
    <div class="grid" ref={box} role="grid" aria-label={props.label} aria-rowcount={total + 1} aria-colcount={columns.length + (selectable ? 1 : 0)}
      aria-multiselectable={selectable || undefined} aria-activedescendant={active} tabIndex={0} onKeyDown={press}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}>
      <Head columns={columns} template={template} selectable={selectable} some={selected.size > 0} {...(props.onSort ? { onSort: props.onSort } : {})} {...(props.onSelectAll ? { onSelectAll: props.onSelectAll } : {})} all={props.all ?? false} />
      <div role="rowgroup" class="gb" style={{ height: `${rows.length * height}px` }}>{shown}</div>
    </div>
  );
}
