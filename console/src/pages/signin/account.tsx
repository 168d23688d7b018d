// One's own account: what one may, and the second factor.
import { useState } from 'preact/hooks';
import { post } from '../../core/api';
import { full } from '../../core/format';
import { t } from '../../core/messages';
import { loadSession, session } from '../../core/session';
import { Field, Summary, useForm } from '../../ui/form';
import { Org } from '../../ui/org';
import { QrCode } from '../../ui/qr';
import { toast } from '../../ui/toast';

interface Factor { uri: string; secret: string }

function NewFactor({ factor, onCodes }: { factor: Factor; onCodes: (codes: string[]) => void }) {
  const form = useForm(async (data) => {
    const answer = await post<{ recovery_codes: string[] }>('/session/factor/confirm', { code: (data['code'] ?? '').replace(/\s/g, '') });
    onCodes(answer.recovery_codes);
    await loadSession();
  });
  return (
    <form class="factor" onSubmit={form.submit} noValidate>
      <QrCode text={factor.uri} label={t('factor.qr')} />
      <div>
        <p>{t('factor.scan')}</p>
        <p class="hint">{t('factor.key')}</p>
        <p class="secret">{factor.secret.replace(/(.{4})/g, '$1 ').trim()}</p>
        <Summary faults={form.faults} />
        <Field label={t('factor.code')} name="code" inputMode="numeric" autocomplete="one-time-code" maxLength={16} fault={form.faults['code']} />
        <button type="submit" class="btn pri" disabled={form.busy}>{t('factor.confirm')}</button>
      </div>
    </form>
  );
}

function SecondFactor() {
  const who = session.value!;
  const [factor, setFactor] = useState<Factor | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const make = (): void => {
    post<Factor>('/session/factor').then(setFactor, (error: Error) => toast(error.message, { bad: true }));
  };
  if (codes) {
    return (
      <div>
        <h3>{t('factor.codes')}</h3>
        <p>{t('factor.codes.text')}</p>
        <ol class="codes">{codes.map((code) => <li key={code}>{code}</li>)}</ol>
        <button type="button" class="btn pri" onClick={() => { setCodes(null); setFactor(null); }}>{t('factor.done')}</button>
      </div>
    );
  }
  return (
    <div>
      <p>{who.second_factor ? t('factor.on') : t('factor.off')}</p>
      {factor ? <NewFactor factor={factor} onCodes={setCodes} />
        : <p class="actions"><button type="button" class={who.second_factor ? 'btn' : 'btn pri'} onClick={make}>{who.second_factor ? t('factor.renew') : t('factor.make')}</button></p>}
    </div>
  );
}

export default function Account() {
  const who = session.value!;
  return (
    <div class="page account">
      <header class="pagehead"><h1>{t('account.title')}</h1></header>
      <p class="meta"><b>{who.name}</b><span>{who.login}</span><Org code={who.organisation} plain />{who.ends ? <span>{t('account.ends', { time: full(who.ends) })}</span> : null}</p>
      <section class="panel"><header><h2>{t('factor.title')}</h2></header><SecondFactor /></section>
      <section class="panel"><header><h2>{t('account.rights')}</h2></header>
        <div>{who.rights.length ? <ul class="rights">{who.rights.map((right) => <li key={right}>{right}</li>)}</ul> : <p>{t('account.rights.none')}</p>}</div>
      </section>
    </div>
  );
}
