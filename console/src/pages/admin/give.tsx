// Giving an account a role: which, over what, and until when.
import { useState } from 'preact/hooks';
import { post } from '../../core/api';
import { t } from '../../core/messages';
import { Dialog } from '../../ui/dialog';
import { Field, Select, Summary, useForm } from '../../ui/form';
import { toast } from '../../ui/toast';
import { ROLES, roleName, type User } from './types';

const SCOPES = ['national', 'region', 'organisation'] as const;
/** Over what a role may be given, where it is not anything. */
const ONLY: Readonly<Record<string, readonly (typeof SCOPES)[number][]>> = { 'national-analyst': ['national'], 'regional-lead': ['region'], 'security-lead': ['organisation'] };

export function GiveRole({ users, user, onClose, onGiven }: { users: readonly User[]; user?: string | undefined; onClose: () => void; onGiven: () => void }) {
  const [role, setRole] = useState<string>(ROLES[0]);
  const scopes = ONLY[role] ?? SCOPES;
  const [wanted, setScope] = useState<(typeof SCOPES)[number]>('national');
  const scope = scopes.includes(wanted) ? wanted : scopes[0]!;
  const able = users.filter((u) => !u.disabled);
  const [who, setWho] = useState(user ?? able[0]?.user ?? '');
  const form = useForm(async (data) => {
    await post('/roles', { user: who, role, scope, ...(scope === 'national' ? {} : { code: data['code'] }), ...(data['to'] ? { to: new Date(data['to']).toISOString() } : {}) });
    toast(t('roles.given', { name: able.find((u) => u.user === who)?.name ?? '', role: roleName(role) }));
    onGiven();
    onClose();
  });
  return (
    <Dialog title={t('users.give')} onClose={onClose}>
      <form onSubmit={form.submit} noValidate>
        <Summary faults={form.faults} />
        <Select label={t('roles.account')} name="user" value={who} onChange={(event) => setWho(event.currentTarget.value)} options={able.map((u) => [u.user, `${u.name} (${u.login})`] as const)} fault={form.faults['user']} />
        <Select label={t('roles.role')} name="role" value={role} onChange={(event) => setRole(event.currentTarget.value)} options={ROLES.map((r) => [r, roleName(r)] as const)} fault={form.faults['role']} />
        <Select label={t('roles.scope')} name="scope" value={scope} onChange={(event) => setScope(event.currentTarget.value as typeof scope)} options={scopes.map((s) => [s, t(`roles.scope.word.${s}`)] as const)} fault={form.faults['scope']} />
        {scope === 'national' ? null : <Field label={t('roles.code')} name="code" autocomplete="off" maxLength={32} fault={form.faults['code']} />}
        <Field label={t('roles.to')} name="to" type="datetime-local" optional hint={t('roles.to.hint')} fault={form.faults['to']} />
        <p class="actions"><button type="submit" class="btn pri" disabled={form.busy}>{t('roles.give')}</button><button type="button" class="btn" onClick={onClose}>{t('do.cancel')}</button></p>
      </form>
    </Dialog>
  );
}
