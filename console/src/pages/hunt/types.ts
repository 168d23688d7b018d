// Searches as docs/api/reference.md has them.
export interface Progress { blocks: number; skipped: number; counted: number; searched: number; damaged: number; left: number }
export interface Hunt {
  id: string; query: string; state: 'queued' | 'running' | 'done' | 'cancelled' | 'failed'; created: string; ended: string | null;
  matched: number; rows: number; cut: boolean; exact: boolean; rows_done: boolean; progress: Progress;
}
export interface Histogram { step_seconds: number; undated: number; buckets: { time: string; count: number }[] }
export interface Facet { field: string; values: { value: string | null; count: number }[]; other: number }
export interface Summary { complete: boolean; matched?: number; first?: string | null; last?: string | null; histogram?: Histogram; facets?: Facet[]; exact?: boolean }
/** An event, or a row of the table that the query makes. */
export type Row = Readonly<Record<string, unknown>>;
export interface Event { time?: string; received?: string; id?: string; org?: string; source?: string; format?: string; class?: string; host?: string; user?: string; fields: Readonly<Record<string, unknown>>; raw?: string }
export const isEvent = (row: Row): boolean => typeof row['fields'] === 'object' && row['fields'] !== null && !Array.isArray(row['fields']);
