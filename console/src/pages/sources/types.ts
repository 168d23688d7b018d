// What the API gives of senders and their loss ledger.
export interface Source {
  source: string; organisation: string; state: 'heard' | 'unknown: silent' | 'unknown: never heard' | 'removed' | 'listener';
  received: number; stored: number; refused: Readonly<Record<string, number>>; shed: Readonly<Record<string, number>>; bytes: number;
  first_event: string | null; last_event: string | null; last_contact: string | null; pending: number;
}
export interface Minute { minute: string; received: number; stored: number; refused: Readonly<Record<string, number>>; shed: Readonly<Record<string, number>>; bytes: number }

export const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0);
