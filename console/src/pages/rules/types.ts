// What the API gives of rules, coverage, trials and suppressions.
export interface LogSource { product?: string; category?: string; service?: string }
export interface Rule {
  id: string; kind: 'rule' | 'correlation'; title: string; level: string; description?: string; author?: string; status?: string; date?: string; modified?: string;
  license?: string; references: string[]; tags: string[]; falsepositives: string[]; logsource?: LogSource; file: string; line: number; /** As it was read; of one rule alone. */ source?: string;
}
export interface Refusal { id: string; title: string; file: string; line: number; reason: string; warning: boolean }

export interface Technique { id: string; name: string; rules: number; rules_with_data: number; data: boolean; hits?: number }
export interface Tactic { tactic: string; name: string; techniques: Technique[] }
export interface Coverage { as_of: string; notice: string; rules: number; untagged: number; retired: string[]; tactics: Tactic[] }

export interface Health {
  rule: string; as_of: string; alerts: number; findings: number; true_positive: number; false_positive: number; benign: number;
  precision?: { numerator: number; denominator: number }; last: string | null; median_close_seconds: number | null; days: { day: string; alerts: number }[];
}

export interface Hits { name: string; hits: number }
export interface Trial {
  id: string; kind: 'rule' | 'suppression'; rule: string; state: 'queued' | 'running' | 'done' | 'cancelled' | 'failed'; organisation: string; host?: string; condition?: string;
  days: number; created: string; ended: string | null; blocks: number; blocks_left: number; findings?: number; hidden?: number; undecided?: number;
  by_day?: { day: string; hits: number }[]; by_organisation?: Hits[]; other_organisations?: number; by_host?: Hits[]; other_hosts?: number;
  examples?: { time: string; organisation: string; host?: string; user?: string }[]; error?: string;
}
export interface Suppression {
  id: string; rule: string; organisation?: string; host?: string; condition?: string; reason: string; state: 'in-force' | 'expired' | 'ended' | 'void'; why?: string;
  since: string; expires: string | null; ended: string | null; claim: string; tested?: { time: string; days: number; findings?: number; hidden?: number; organisations?: number };
  hidden: number; last: string | null; hits: { organisation: string; count: number }[];
}

/** attack.t1059.001 as T1059.001; empty: no technique. */
export function techniqueOf(tag: string): string {
  const found = /^attack\.(t\d{4}(\.\d{3})?)$/i.exec(tag);
  return found ? found[1]!.toUpperCase() : '';
}
export const tagOf = (technique: string): string => `attack.${technique.toLowerCase()}`;
export const pathOf = (rule: string): string => `/rules/${encodeURIComponent(rule)}`;
