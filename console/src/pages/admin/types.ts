// What the API gives of accounts, and what the parts of administration share.
import { useMemo } from 'preact/hooks';
import { usePages, type Pages } from '../../core/resource';
import { t, tword } from '../../core/messages';
import { orgName } from '../../core/names';
import { may } from '../../core/session';

export interface User {
  user: string; login: string; name: string; organisation: string; has_password: boolean; has_second_factor: boolean;
  created: string; disabled: string | null; signed_in: string | null;
}
export interface Grant { grant: string; user: string; role: string; scope: 'national' | 'region' | 'organisation'; code: string; from: string | null; to: string | null }
export interface Token {
  token: string; user: string; name: string; rights: string; organisation: string; created: string; ends: string; used: string | null; revoked: string | null;
}
export interface AuditEntry { id: string; kind: string; subject: string; claimant: string; recorded: string; hash: string; value: Readonly<Record<string, unknown>> }

export const ROLES = ['national-analyst', 'regional-lead', 'security-lead', 'clinical-safety-officer', 'commander', 'executive', 'auditor', 'administrator'] as const;

/** `asked`: for the page about them, which says so when one may not see them. */
export const useUsers = (asked = false): Pages<User> => usePages<User>(asked || may('users.read') ? '/users' : null, { limit: 1000 });
/** By id. */
export function useNames(users: readonly User[]): ReadonlyMap<string, User> {
  return useMemo(() => new Map(users.map((u) => [u.user, u])), [users]);
}
export const nameOf = (names: ReadonlyMap<string, User>, user: string): string => names.get(user)?.name ?? user;

/** "organisation RXA" */
export const over = (grant: Grant): string => t(`roles.scope.${grant.scope}`, { code: orgName(grant.code) });
export const roleName = (role: string): string => tword('role', role);
