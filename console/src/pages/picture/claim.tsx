// One claim, as it was recorded.
import { full, number, visible } from '../../core/format';
import { t, tword, type Key } from '../../core/messages';
import { useResource } from '../../core/resource';
import { variables } from '../../core/router';
import { Basis, StateMark } from '../../ui/marks';
import { Who } from '../../ui/org';
import { View } from '../../ui/states';

type Claim = Record<string, unknown> & { number?: string; id?: string };
const TIMES = new Set(['valid_from', 'valid_to', 'recorded']);
const ORDER = ['kind', 'subject', 'value', 'amount', 'valid_from', 'valid_to', 'recorded', 'claimant', 'method', 'confidence', 'basis', 'source', 'supersedes', 'marking', 'exercise', 'hash'];

/** Only web addresses become links, and only to where they say. */
const address = (text: string): boolean => /^https?:\/\/[^\s<>"]+$/.test(text);

/** What is said, member by member; what is made of parts is shown as it was recorded. */
function Value({ of, kind }: { of: Readonly<Record<string, unknown>>; kind: string }) {
  const members = Object.entries(of);
  if (members.some(([, value]) => typeof value === 'object')) return <pre>{visible(JSON.stringify(of, null, 2))}</pre>;
  return (
    <dl class="value">{members.map(([name, value]) => (
      <div key={name}><dt class="mono">{name}</dt>
        <dd>{name === 'state' && kind.startsWith('status.') ? <StateMark state={String(value)} /> : name === 'incident' ? <a href={`/incidents/${encodeURIComponent(String(value))}`}>{visible(String(value))}</a> : visible(String(value))}</dd></div>))}</dl>
  );
}

function Said({ name, claim }: { name: string; claim: Claim }) {
  const value = claim[name];
  const text = String(value);
  if (name === 'value') return <Value of={value as Readonly<Record<string, unknown>>} kind={String(claim['kind'])} />;
  if (name === 'amount') return <>{text} {visible(String(claim['unit'] ?? ''))}</>;
  if (name === 'basis') return <Basis basis={text} />;
  if (name === 'confidence') return <>{number(Number(value))} %</>;
  if (name === 'supersedes') return <a class="mono" href={`/claims/${encodeURIComponent(text)}`}>{text}</a>;
  if (name === 'subject' && text.startsWith('incident:')) return <a href={`/incidents/${encodeURIComponent(text.slice(9))}`} class="mono">{visible(text.slice(9))}</a>;
  if (name === 'subject' && /^(org|site):/.test(text)) return <><Who of={text.replace('site:', 'org:')} /> <span class="mono none">{visible(text)}</span></>;
  if (name === 'claimant') return <Who of={text} />;
  if (name === 'kind') return <>{tword('claimkind', text)} <span class="mono none">{text}</span></>;
  if (name === 'method') return <>{tword('claimmethod', text)}</>;
  if (name === 'source' && address(text)) return <a href={text} rel="noreferrer noopener">{visible(text)}</a>;
  if (TIMES.has(name)) return <time dateTime={text}>{full(text)}</time>;
  return <span class={name === 'hash' ? 'mono' : undefined}>{visible(text)}</span>;
}

export default function ClaimPage() {
  const id = variables.value['id'] ?? '';
  const claim = useResource<Claim>(`/claims/${encodeURIComponent(id)}`);
  return (
    <div class="page">
      <header class="pagehead"><h1>{t('picture.claim.title', { id })}</h1></header>
      <p class="lead">{t('picture.claim.lead')}</p>
      <View of={claim} what={t('title.claim')} lines={10}>
        {(of) => (
          <dl class="saying">
            {ORDER.filter((name) => of[name] !== undefined && of[name] !== null && of[name] !== '').map((name) => (
              <><dt>{t(`picture.claim.${name}` as Key)}</dt><dd><Said name={name} claim={of} /></dd></>))}
          </dl>)}
      </View>
    </div>
  );
}
