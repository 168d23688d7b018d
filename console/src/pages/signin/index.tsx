// Sign-in: password, and the code of a second factor. What of them was wrong is not told.
import { ApiError } from '../../core/api';
import { t } from '../../core/messages';
import { go, query } from '../../core/router';
import { session, signIn } from '../../core/session';
import { Field, Password, Summary, useForm } from '../../ui/form';
import { useEffect } from 'preact/hooks';
import { Outside } from './outside';

/** Where one wanted to go; never to another host. */
function wanted(): string {
  const to = query.value.get('to') ?? '/';
  return to.startsWith('/') && !to.startsWith('//') && !to.startsWith('/\\') ? to : '/';
}

export default function SignIn() {
  const form = useForm(async (data) => {
    try {
      await signIn(data['login'] ?? '', data['password'] ?? '', (data['code'] ?? '').replace(/\s/g, ''));
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        throw new ApiError(401, '', t('signin.wrong'), [], error.request, 0);
      }
      throw error;
    }
  });
  const who = session.value;
  useEffect(() => { if (who) go(wanted(), true); }, [who]);
  return (
    <Outside>
      <h1>{t('signin.title')}</h1>
      {query.value.get('ready') ? <p class="notice good" role="status">{t('signin.ready')}</p> : null}
      <form onSubmit={form.submit} noValidate>
        <Summary faults={form.faults} />
        <Field label={t('signin.login')} name="login" autocomplete="username" autocapitalize="none" spellcheck={false} fault={form.faults['login']} />
        <Password label={t('signin.password')} name="password" autocomplete="current-password" fault={form.faults['password']} />
        <Field label={t('signin.code')} name="code" optional inputMode="numeric" autocomplete="one-time-code" hint={t('signin.code.hint')} fault={form.faults['code']} />
        <p class="actions"><button type="submit" class="btn pri" disabled={form.busy}>{t('signin.do')}</button></p>
      </form>
      <p class="aside">{t('signin.lost')}</p>
    </Outside>
  );
}
