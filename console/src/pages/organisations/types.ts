// Organisations as docs/api/reference.md has them.
import { visible } from '../../core/format';
import { tword } from '../../core/messages';

export interface Organisation {
  code: string; name: string; role: string; open: boolean; standing?: string; region?: string; parent?: string; commissioner?: string; network?: string;
  postcode?: string; country?: string; opened: string | null; closed: string | null; counts_as: string; claim: string;
}
export interface Claim {
  id: string; kind: string; subject: string; value: Readonly<Record<string, unknown>>; valid_from?: string; valid_to?: string; recorded: string; claimant: string; method: string;
  basis?: string; supersedes?: string; amount?: string; unit?: string;
}
export interface Delegation { id: string; organisation: string; to: string; right: string; from: string | null; until: string | null }

export function roleWord(role: string): string {
  const word = tword('orgs.is', role);
  return word === `orgs.is.${role}` || word === role ? visible(role) : word;
}
