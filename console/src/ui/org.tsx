// An organisation, and who said something, by the name they are known by.
import { linkAt } from '../core/asof';
import { visible } from '../core/format';
import { t } from '../core/messages';
import { orgName } from '../core/names';

/** Its name, as a link to it; the code is its title, and stands there while there is no name. */
export function Org({ code, name, plain = false }: { code: string; name?: string | undefined; plain?: boolean }) {
  const known = name || orgName(code);
  const text = <span class={known === code ? 'mono' : undefined} title={code}>{visible(known)}</span>;
  return plain ? text : <a href={linkAt(`/organisations/${encodeURIComponent(code)}`)}>{text}</a>;
}

/** A claimant or a subject: "RXA", "org:RXA", "system:cordon", "user:K7QM-2F9A-XHP3" with its name where the API gives one. */
export function Who({ of, name, plain = false }: { of: string; name?: string | undefined; plain?: boolean }) {
  if (name) return <span title={of}>{visible(name)}</span>;
  if (of === 'system:cordon') return <span>{t('who.cordon')}</span>;
  const code = of.startsWith('org:') ? of.slice(4) : of;
  return code.includes(':') ? <span class="mono">{visible(of)}</span> : <Org code={code} plain={plain || !of.startsWith('org:')} />;
}
