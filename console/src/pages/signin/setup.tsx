// A set-up link was followed: /setup#TOKEN, where the token stays in the browser and out of
// every log. The first account of all says who it is, too.
import { useState } from 'preact/hooks';
import { ApiError, post } from '../../core/api';
import { t } from '../../core/messages';
import { go } from '../../core/router';
import { Field, Password, Summary, useForm } from '../../ui/form';
import { Outside } from './outside';

/** "https://host/setup#TOKEN" or the token alone. */
const tokenOf = (text: string): string => text.trim().split('#').pop() ?? '';

export default function Setup() {
  const given = tokenOf(location.hash);
  const [first, setFirst] = useState(new URLSearchParams(location.search).has('first'));
  const form = useForm(async (data) => {
    if (data['password'] !== data['again']) {
      throw new ApiError(422, '', '', [{ path: 'again', detail: t('setup.differs') }], '', 0);
    }
    const { login, name, organisation, password = '' } = data;
    try {
      await post('/setup', { token: given || tokenOf(data['token'] ?? ''), password, ...(first ? { login, name, organisation } : {}) });
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) throw new ApiError(401, '', t('setup.bad'), [], error.request, 0);
      throw error;
    }
    go('/sign-in?ready=1', true);
  });
  const fault = (name: string): string | undefined => form.faults[name];
  return (
    <Outside>
      <h1>{t('setup.title')}</h1>
      <p class="lead">{t('setup.text')}</p>
      <form onSubmit={form.submit} noValidate>
        <Summary faults={form.faults} />
        {given ? null : <Field label={t('setup.token')} name="token" hint={t('setup.token.hint')} autocomplete="off" spellcheck={false} fault={fault('token')} />}
        <p class="field"><label class="check"><input type="checkbox" checked={first} onChange={(event) => setFirst(event.currentTarget.checked)} />{t('setup.first')}</label></p>
        {first ? (
          <>
            <p class="hint">{t('setup.first.hint')}</p>
            <Field label={t('setup.login')} name="login" autocomplete="username" autocapitalize="none" spellcheck={false} maxLength={64} fault={fault('login')} />
            <Field label={t('setup.name')} name="name" autocomplete="name" maxLength={128} fault={fault('name')} />
            <Field label={t('setup.organisation')} name="organisation" autocomplete="off" maxLength={32} fault={fault('organisation')} />
          </>) : null}
        <Password label={t('setup.password')} name="password" autocomplete="new-password" hint={t('setup.password.hint')} fault={fault('password')} />
        <Password label={t('setup.again')} name="again" autocomplete="new-password" fault={fault('again')} />
        <p class="actions"><button type="submit" class="btn pri" disabled={form.busy}>{t('setup.do')}</button></p>
      </form>
    </Outside>
  );
}
