// Alerts as docs/api/reference.md has them.
/** `value` says in words of the API what `text` says in English. */
export interface Why { part: string; value: string; text: string; points?: number }
export interface Alert {
  id: string; organisation: string; organisation_name?: string; region?: string; rule: string; title: string; author?: string;
  level: string; tags: string[]; techniques: string[]; tactics: string[]; entity_kind: string; entity: string; manual: boolean;
  first: string; last: string; known: string; updated: string; count: number; status: string; reason?: string; again: number;
  owner?: string; owner_name?: string; notes: number; cluster?: string; incident?: string; suppressed: boolean; suppression?: string;
  risk: number; criticality: string; care?: string; grouped: number; why: Why[];
}
export interface Finding {
  id: string; first_seen: string; organisation?: string; level: string; title?: string; time?: string; host?: string; user?: string; channel?: string;
  event_id?: string; source?: string; events?: number; evidence_id?: string; message?: string;
  rule: { id?: string; author?: string; status?: string; tags?: string[]; references?: string[]; file?: string };
  explain?: { selection: string; field?: string; value: string; pattern?: string }[]; fields?: { name: string; value: string }[]; incomplete?: boolean;
}
export interface Said { claim: string; recorded: string; claimant: string; claimant_name?: string; kind: string; state?: string; reason?: string; owner_name?: string; owner?: string; text?: string }
export interface Detail extends Alert { as_of: string; claims: Said[]; claims_more: boolean; findings: Finding[] }
export interface Facet { field: string; values: { value: string; label?: string; count: number }[]; other: number; distinct: number }
export interface Histogram { from: string; to: string; bucket_seconds: number; total: number; series: { level: string; counts: number[] }[] }
export const REASONS = ['true-positive', 'false-positive', 'benign', 'duplicate', 'exercise', 'other'] as const;
export const LEVELS = ['critical', 'high', 'medium', 'low', 'informational'] as const;
