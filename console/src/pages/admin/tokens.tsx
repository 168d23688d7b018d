// API tokens: for programs, with as few rights as they need, shown once.
import { useState } from 'preact/hooks';
import { Plus } from 'lucide';
import { ApiError, post, remove } from '../../core/api';
import { day, dayMinute, short, visible } from '../../core/format';
import { t } from '../../core/messages';
import { usePages } from '../../core/resource';
import { may, session } from '../../core/session';
import { Confirm, Dialog } from '../../ui/dialog';
import { Field, Summary, useForm } from '../../ui/form';
import { Icon } from '../../ui/icon';
import { ShownOnce } from '../../ui/once';
import { Org } from '../../ui/org';
import { Empty, View, When } from '../../ui/states';
import { toast } from '../../ui/toast';
import { nameOf, useNames, useUsers, type Token } from './types';

interface Made { token: string; secret: string }

function NewToken({ onClose, onMade }: { onClose: () => void; onMade: (name: string, made: Made) => void }) {
  const [rights, setRights] = useState<ReadonlySet<string>>(new Set());
  const form = useForm(async (data) => {
    if (!rights.size) throw new ApiError(422, '', '', [{ path: 'rights', detail: t('tokens.rights.missing') }], '', 0);
    const body = { name: data['name'], rights: [...rights].join(' '), days: Number(data['days']), ...(data['organisation'] ? { organisation: data['organisation'] } : {}) };
    onMade(data['name'] ?? '', await post<Made>('/tokens', body));
  });
  const turn = (right: string, on: boolean): void => {
    const next = new Set(rights);
    if (on) next.add(right);
    else next.delete(right);
    setRights(next);
  };
  return (
    <Dialog title={t('tokens.new')} onClose={onClose} wide>
      <form onSubmit={form.submit} noValidate>
        <Summary faults={form.faults} />
        <Field label={t('tokens.name')} name="name" autocomplete="off" maxLength={64} fault={form.faults['name']} />
        <fieldset class={form.faults['rights'] ? 'choice rightlist bad' : 'choice rightlist'}>
          <legend>{t('tokens.rights')}</legend>
          <p class="hint">{t('tokens.rights.hint')}</p>
          {form.faults['rights'] ? <p class="fault">{form.faults['rights']}</p> : null}
          {session.value!.rights.map((right) => (
            <label key={right}><input type="checkbox" name="rights" checked={rights.has(right)} onChange={(event) => turn(right, event.currentTarget.checked)} /><span class="mono">{right}</span></label>))}
        </fieldset>
        <div class="row">
          <Field label={t('tokens.days')} name="days" type="number" min={1} max={366} defaultValue="90" fault={form.faults['days']} />
          <Field label={t('tokens.organisation')} name="organisation" optional autocomplete="off" maxLength={32} fault={form.faults['organisation']} />
        </div>
        <p class="actions"><button type="submit" class="btn pri" disabled={form.busy}>{t('tokens.create')}</button><button type="button" class="btn" onClick={onClose}>{t('do.cancel')}</button></p>
      </form>
    </Dialog>
  );
}

function State({ token }: { token: Token }) {
  if (token.revoked) return <span class="tag bad">{t('tokens.revoked', { time: dayMinute(token.revoked) })}</span>;
  return Date.parse(token.ends) < Date.now() ? <span class="tag off">{t('tokens.over')}</span> : <span class="tag on">{t('tokens.good')}</span>;
}

export function Tokens() {
  const list = usePages<Token>('/tokens', { limit: 500 });
  const names = useNames(useUsers().items);
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<{ name: string; secret: string } | null>(null);
  const [revoking, setRevoking] = useState<Token | null>(null);
  return (
    <>
      <div class="pagehead">
        <p class="lead">{t('tokens.lead')}</p>
        {may('tokens.write') ? <button type="button" class="btn pri end" onClick={() => setMaking(true)}><Icon of={Plus} size={15} />{t('tokens.new')}</button> : null}
      </div>
      <View of={{ ...list, data: list.first }} what={t('admin.tokens')}>{() => (list.items.length === 0 ? <Empty title={t('tokens.none')} /> : (
        <div class="tablewrap" tabIndex={0} role="region" aria-label={t('admin.tokens')}>
          <table class="list">
            <thead><tr><th scope="col">{t('tokens.name')}</th><th scope="col">{t('roles.account')}</th><th scope="col">{t('tokens.rights')}</th><th scope="col">{t('admin.organisation')}</th><th scope="col">{t('tokens.used')}</th><th scope="col">{t('tokens.ends')}</th><th scope="col">{t('admin.state')}</th><th scope="col"><span class="vh">{t('admin.actions')}</span></th></tr></thead>
            <tbody>{list.items.map((token) => (
              <tr key={token.token} class={token.revoked ? 'gone' : undefined}>
                <th scope="row">{visible(token.name)}</th><td>{visible(nameOf(names, token.user))}</td><td class="mono">{token.rights}</td><td>{token.organisation ? <Org code={token.organisation} plain /> : <span class="none">–</span>}</td>
                <td class="nowrap">{token.used ? <When time={token.used} show={short} /> : <span class="none">{t('users.never')}</span>}</td>
                <td class="nowrap"><When time={token.ends} show={day} /></td><td><State token={token} /></td>
                <td class="do">{may('tokens.write') && !token.revoked ? <button type="button" class="btn sm" onClick={() => setRevoking(token)}>{t('tokens.revoke')}<span class="vh"> {token.name}</span></button> : null}</td>
              </tr>))}</tbody>
          </table>
        </div>))}</View>
      {list.more ? <p class="actions"><button type="button" class="btn" onClick={list.loadMore}>{t('do.more')}</button></p> : null}
      {making ? <NewToken onClose={() => setMaking(false)} onMade={(name, m) => { setMaking(false); setMade({ name, secret: m.secret }); list.reload(); }} /> : null}
      {made ? <ShownOnce title={t('tokens.made', { name: made.name })} text={t('tokens.made.text')} secret={made.secret} onClose={() => setMade(null)} /> : null}
      {revoking ? (
        <Confirm title={t('tokens.revoke.title', { name: revoking.name })} action={t('tokens.revoke')} onClose={() => setRevoking(null)}
          onYes={async () => { await remove(`/tokens/${revoking.token}`); toast(t('tokens.revoke.done', { name: revoking.name })); list.reload(); }}>
          {t('tokens.revoke.text')}
        </Confirm>) : null}
    </>
  );
}
