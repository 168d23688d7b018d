// Accounts: who has one, how each signs in, and the links by which they set theirs up.
import { useState } from 'preact/hooks';
import { Ellipsis, Plus } from 'lucide';
import { get, post, type Page } from '../../core/api';
import { dayMinute, short, visible } from '../../core/format';
import { t } from '../../core/messages';
import { useResource } from '../../core/resource';
import { go } from '../../core/router';
import { may } from '../../core/session';
import { Confirm, Dialog } from '../../ui/dialog';
import { Field, Summary, useForm } from '../../ui/form';
import { Icon } from '../../ui/icon';
import { Menu, type MenuItem } from '../../ui/menu';
import { ShownOnce } from '../../ui/once';
import { Org } from '../../ui/org';
import { Empty, View, When } from '../../ui/states';
import { toast } from '../../ui/toast';
import { GiveRole } from './give';
import { over, roleName, useUsers, type Grant, type User } from './types';

interface Link { user: string; setup_token: string }
const address = (token: string): string => `${location.origin}/setup#${token}`;

function NewUser({ onClose, onMade }: { onClose: () => void; onMade: (name: string, link: Link) => void }) {
  const form = useForm(async (data) => {
    const link = await post<Link>('/users', { login: data['login'], name: data['name'], organisation: data['organisation'] });
    onMade(data['name'] ?? '', link);
  });
  return (
    <Dialog title={t('users.new')} onClose={onClose}>
      <form onSubmit={form.submit} noValidate>
        <Summary faults={form.faults} />
        <Field label={t('admin.login')} name="login" hint={t('users.login.hint')} autocomplete="off" autocapitalize="none" spellcheck={false} maxLength={64} fault={form.faults['login']} />
        <Field label={t('admin.name')} name="name" autocomplete="off" maxLength={128} fault={form.faults['name']} />
        <Field label={t('admin.organisation')} name="organisation" hint={t('users.organisation.hint')} autocomplete="off" maxLength={32} fault={form.faults['organisation']} />
        <p class="actions"><button type="submit" class="btn pri" disabled={form.busy}>{t('users.create')}</button><button type="button" class="btn" onClick={onClose}>{t('do.cancel')}</button></p>
      </form>
    </Dialog>
  );
}

function State({ user }: { user: User }) {
  if (user.disabled) return <span class="tag bad">{t('users.disabled', { time: dayMinute(user.disabled) })}</span>;
  return user.has_password ? <span class="tag on">{t('users.active')}</span> : <span class="tag off">{t('users.waiting')}</span>;
}

function RolesOf({ user, grants }: { user: User; grants: readonly Grant[] | undefined }) {
  const mine = grants?.filter((g) => g.user === user.user);
  if (!mine) return null;
  return mine.length === 0 ? <span class="none">{t('users.norole')}</span>
    : <ul>{mine.map((g) => <li key={g.grant}>{roleName(g.role)}<small class="none">, {over(g)}</small></li>)}</ul>;
}

type Doing = { what: 'new' | 'disable' | 'give'; user?: User } | { what: 'link'; name: string; token: string };

export function Users() {
  const list = useUsers(true);
  const grants = useResource<Page<Grant>>(may('roles.read') ? '/roles' : null, { limit: 1000 });
  const [doing, setDoing] = useState<Doing | null>(null);
  const close = (): void => setDoing(null);
  const change = async (user: User, word: 'disable' | 'enable'): Promise<void> => {
    await post(`/users/${user.user}/${word}`);
    const now = await get<User>(`/users/${user.user}`);
    list.replace((u) => (u.user === now.user ? now : u));
    toast(t(word === 'disable' ? 'users.disabled.done' : 'users.enabled.done', { name: user.name }),
      word === 'disable' ? { undo: () => { change(user, 'enable').catch((e: Error) => toast(e.message, { bad: true })); } } : {});
  };
  const failed = (error: Error): void => toast(error.message, { bad: true });
  const actions = (user: User): MenuItem[] => [
    ...(may('users.write') && !user.disabled ? [{ label: t('users.link'), act: () => { post<Link>(`/users/${user.user}/setup`).then((l) => setDoing({ what: 'link', name: user.name, token: l.setup_token }), failed); } }] : []),
    ...(may('roles.write') && !user.disabled ? [{ label: t('users.give'), act: () => setDoing({ what: 'give', user }) }] : []),
    ...(may('roles.read') ? [{ label: t('users.show.roles'), act: () => go(`/admin/roles?user=${user.user}`) }] : []),
    ...(may('audit.read') ? [{ label: t('users.show.audit'), act: () => go(`/admin/audit?claimant=user:${user.user}`) }] : []),
    ...(may('users.write') ? [user.disabled ? { label: t('users.enable'), act: () => { change(user, 'enable').catch(failed); } } : { label: t('users.disable'), act: () => setDoing({ what: 'disable', user }) }] : []),
  ];
  return (
    <>
      <div class="pagehead">
        <p class="lead">{t('users.lead')}</p>
        {may('users.write') ? <button type="button" class="btn pri end" onClick={() => setDoing({ what: 'new' })}><Icon of={Plus} size={15} />{t('users.new')}</button> : null}
      </div>
      <View of={{ ...list, data: list.first }} what={t('admin.users')}>{() => (list.items.length === 0 ? <Empty title={t('users.none')} /> : (
        <div class="tablewrap" tabIndex={0} role="region" aria-label={t('admin.users')}>
          <table class="list">
            <thead><tr><th scope="col">{t('admin.name')}</th><th scope="col">{t('admin.login')}</th><th scope="col">{t('admin.organisation')}</th><th scope="col">{t('admin.roles')}</th><th scope="col">{t('admin.signin')}</th><th scope="col">{t('admin.lastseen')}</th><th scope="col">{t('admin.state')}</th><th scope="col"><span class="vh">{t('admin.actions')}</span></th></tr></thead>
            <tbody>{list.items.map((user) => (
              <tr key={user.user} class={user.disabled ? 'gone' : undefined}>
                <th scope="row">{visible(user.name)}</th><td class="mono">{user.login}</td><td><Org code={user.organisation} plain /></td>
                <td><RolesOf user={user} grants={grants.data?.items} /></td>
                <td>{t(user.has_second_factor ? 'users.factor' : user.has_password ? 'users.password' : 'users.nothing')}</td>
                <td class="nowrap">{user.signed_in ? <When time={user.signed_in} show={short} /> : <span class="none">{t('users.never')}</span>}</td>
                <td><State user={user} /></td>
                <td class="do"><Menu cls="tbx" align="end" label={t('admin.actions.of', { name: user.name })} items={actions(user)}><Icon of={Ellipsis} size={16} /></Menu></td>
              </tr>))}</tbody>
          </table>
        </div>))}</View>
      {list.more ? <p class="actions"><button type="button" class="btn" onClick={list.loadMore}>{t('do.more')}</button></p> : null}
      {doing?.what === 'new' ? <NewUser onClose={close} onMade={(name, link) => { list.reload(); setDoing({ what: 'link', name, token: link.setup_token }); }} /> : null}
      {doing?.what === 'link' ? <ShownOnce title={t('users.link.title', { name: doing.name })} text={t('users.link.text')} secret={address(doing.token)} onClose={close} /> : null}
      {doing?.what === 'give' ? <GiveRole users={list.items} user={doing.user?.user} onClose={close} onGiven={grants.reload} /> : null}
      {doing?.what === 'disable' && doing.user ? (
        <Confirm title={t('users.disable.title', { name: doing.user.name })} action={t('users.disable')} onYes={() => change(doing.user!, 'disable')} onClose={close}>{t('users.disable.text')}</Confirm>) : null}
    </>
  );
}
