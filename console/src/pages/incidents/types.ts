// Incidents as docs/api/reference.md has them.
export interface Moment { time: string | null; claim?: string; alert?: string }
export interface Span { seconds: number | null; from: Moment; to: Moment }
export interface Incident {
  id: string; title?: string; severity: string; state: 'open' | 'stood-down' | 'merged'; automatic: boolean; merged_into?: string; commander?: string; commander_name?: string; lead?: string; whole: boolean;
  began: string | null; declared: string | null; ended: string | null; updated: string | null; alerts: number; clusters: number; organisation_count: number; tasks_open: number;
  next_decision?: string; next_claim?: string; next_due?: string; kpi: Record<'detect' | 'acknowledge' | 'decide' | 'contain', Span>;
}
export interface Member { code: string; name?: string; state: string; since: string | null; claim: string | null; last_word: string | null; last_who?: string; last_claim: string | null; was_infected: boolean }
export interface Link { kind: string; id: string; title?: string; reason?: string; linked: string; who: string; who_name?: string; claim: string }
export interface Task { task: string; title: string; sort: string; owner?: string; owner_name?: string; due: string | null; state: string; claim: string; history: { time: string; state: string; who: string; who_name?: string; reason?: string; claim: string }[] }
export interface Decision { number?: number; claim: string; replaced_by?: string; time: string; who: string; who_name?: string; what: string; why: string; options: string[]; basis: string[] }
export interface Detail extends Incident { as_of: string; merged: string[]; split_off: string[]; split_from?: string; organisations: Member[]; links: Link[]; tasks: Task[]; decisions: Decision[] }
export interface Item { time: string; known: string; lane: string; kind: string; text: string; code: string; params: Readonly<Record<string, string>>; who?: string; who_name?: string; organisation?: string; claim?: string; alert?: string; evidence?: string }
export const SEVERITIES = ['minor', 'business-continuity', 'critical', 'major'] as const;
export const LANES = ['attack', 'us', 'hospital', 'care'] as const;
export const PARTS = ['overview', 'timeline', 'tasks', 'decisions', 'organisations', 'evidence'] as const;
/** What is said in an incident is a claim: nothing is changed, everything added. */
export interface Entry { kind: string; [member: string]: unknown }
