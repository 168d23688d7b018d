// What GET /picture answers, as docs/api/reference.md has it.
import type { Figure } from './figures';

export interface Numbered { name: string; value: number; claims: string[] }
export interface Member { code: string; name: string; role: string; state: string; since: string | null; claim: string | null; claimant?: string; reporting: boolean }
export interface Area { code: string; name: string; states: Record<string, number>; organisations: Member[] }
export interface Change { time: string; claim: string; kind: string; subject: string; organisation?: string; name?: string; state?: string; who: string; text?: string }
export interface Series { from: string; step_seconds: number; counts: number[] }
export interface Picture {
  as_of: string; exercise?: string; incident?: string; incident_since?: string; role: string;
  sentence: { key: 'affected' | 'clear' | 'unknown'; of: number; numbers: Numbered[] };
  completeness: { expected: number; reporting: number };
  roles: { role: string; states: Record<string, number> }[];
  areas: Area[]; figures: Figure[]; changes: Change[]; changes_since: string;
  marks: { time: string; changes: number }[]; marks_since: string; events_per_minute?: Series;
}

/** The graver first: the order of marks on the map and of words in the legend. */
export const STATES = ['infected', 'contained', 'disrupted', 'disconnected', 'contacted', 'exposed', 'unknown', 'recovered', 'clear'] as const;
export const rank = (state: string): number => {
  const at = (STATES as readonly string[]).indexOf(state);
  return at < 0 ? STATES.length : at;
};
