// Administration: accounts, roles, tokens and the audit trail; each for whoever has its right.
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { t, type Key } from '../../core/messages';
import { go, variables } from '../../core/router';
import { may } from '../../core/session';
import { Audit } from './audit';
import { Roles } from './roles';
import { Tokens } from './tokens';
import { Users } from './users';

const parts: readonly { part: string; label: Key; right: string; page: ComponentType }[] = [
  { part: 'users', label: 'admin.users', right: 'users.read', page: Users },
  { part: 'roles', label: 'admin.roles', right: 'roles.read', page: Roles },
  { part: 'tokens', label: 'admin.tokens', right: 'tokens.read', page: Tokens },
  { part: 'audit', label: 'admin.audit', right: 'audit.read', page: Audit },
];

export default function Admin() {
  const part = variables.value['part'];
  const mine = parts.filter((p) => may(p.right));
  const shown = parts.find((p) => p.part === part);
  const first = mine[0]?.part;
  useEffect(() => { if (!shown && first) go(`/admin/${first}`, true); }, [shown, first]);
  return (
    <div class="page admin">
      <header class="pagehead"><h1>{t('title.admin')}</h1></header>
      <nav class="tabs" aria-label={t('admin.parts')}>
        {mine.map((p) => <a key={p.part} href={`/admin/${p.part}`} aria-current={p.part === part ? 'page' : undefined}>{t(p.label)}</a>)}
      </nav>
      {shown ? <shown.page /> : null}
    </div>
  );
}
