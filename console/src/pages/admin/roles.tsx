// Who has which role, over what, from when and until when.
import { useState } from 'preact/hooks';
import { Plus } from 'lucide';
import { remove } from '../../core/api';
import { dayMinute, visible } from '../../core/format';
import { t } from '../../core/messages';
import { usePages } from '../../core/resource';
import { query } from '../../core/router';
import { may } from '../../core/session';
import { Confirm } from '../../ui/dialog';
import { Icon } from '../../ui/icon';
import { Empty, View, When } from '../../ui/states';
import { toast } from '../../ui/toast';
import { GiveRole } from './give';
import { nameOf, over, roleName, useNames, useUsers, type Grant } from './types';

export function Roles() {
  const user = query.value.get('user');
  const list = usePages<Grant>('/roles', { user, limit: 500 });
  const users = useUsers();
  const names = useNames(users.items);
  const [giving, setGiving] = useState(false);
  const [taking, setTaking] = useState<Grant | null>(null);
  return (
    <>
      <div class="pagehead">
        <p class="lead">{t('roles.lead')} {user ? <a href="/admin/roles">{t('roles.all')}</a> : null}</p>
        {may('roles.write') ? <button type="button" class="btn pri end" onClick={() => setGiving(true)}><Icon of={Plus} size={15} />{t('users.give')}</button> : null}
      </div>
      <View of={{ ...list, data: list.first }} what={t('admin.roles')}>{() => (list.items.length === 0 ? <Empty title={t(user ? 'roles.none.of' : 'roles.none')} /> : (
        <div class="tablewrap" tabIndex={0} role="region" aria-label={t('admin.roles')}>
          <table class="list">
            <thead><tr><th scope="col">{t('roles.account')}</th><th scope="col">{t('roles.role')}</th><th scope="col">{t('roles.over')}</th><th scope="col">{t('roles.from')}</th><th scope="col">{t('roles.to')}</th><th scope="col"><span class="vh">{t('admin.actions')}</span></th></tr></thead>
            <tbody>{list.items.map((g) => (
              <tr key={g.grant}>
                <th scope="row"><a href={`/admin/roles?user=${g.user}`}>{visible(nameOf(names, g.user))}</a></th><td>{roleName(g.role)}</td><td>{over(g)}</td>
                <td class="nowrap"><When time={g.from} show={dayMinute} /></td>
                <td class="nowrap">{g.to ? <When time={g.to} show={dayMinute} /> : <span class="none">{t('roles.open')}</span>}</td>
                <td class="do">{may('roles.write') ? <button type="button" class="btn sm" onClick={() => setTaking(g)}>{t('roles.take')}<span class="vh"> {roleName(g.role)}, {nameOf(names, g.user)}</span></button> : null}</td>
              </tr>))}</tbody>
          </table>
        </div>))}</View>
      {list.more ? <p class="actions"><button type="button" class="btn" onClick={list.loadMore}>{t('do.more')}</button></p> : null}
      {giving ? <GiveRole users={users.items} user={user ?? undefined} onClose={() => setGiving(false)} onGiven={list.reload} /> : null}
      {taking ? (
        <Confirm title={t('roles.take.title')} action={t('roles.take')} onClose={() => setTaking(null)}
          onYes={async () => { await remove(`/roles/${taking.grant}`); toast(t('roles.taken')); list.reload(); }}>
          {t('roles.take.text', { name: nameOf(names, taking.user), role: roleName(taking.role), over: over(taking) })}
        </Confirm>) : null}
    </>
  );
}
