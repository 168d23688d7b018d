// The rules in force, by what one asks for, and those that were refused.
import { useEffect, useState } from 'preact/hooks';
import { visible } from '../../core/format';
import { t, tword } from '../../core/messages';
import { usePages } from '../../core/resource';
import { query, setQuery } from '../../core/router';
import { Field, Select } from '../../ui/form';
import { SeverityMark } from '../../ui/marks';
import { Empty, View } from '../../ui/states';
import { pathOf, techniqueOf, type LogSource, type Refusal, type Rule } from './types';

const LEVELS = ['informational', 'low', 'medium', 'high', 'critical'];
const ASKED = ['title', 'level', 'product', 'category', 'service', 'tag'] as const;
const TYPING_MS = 300;

export const sourceOf = (of: LogSource | undefined): string => [of?.product, of?.category, of?.service].filter(Boolean).join(' / ');

/** A field of the address; what is typed goes there when one pauses. */
function Asked({ name, label, hint }: { name: (typeof ASKED)[number]; label: string; hint?: string }) {
  const given = query.value.get(name) ?? '';
  const [text, setText] = useState(given);
  useEffect(() => setText(given), [given]);
  useEffect(() => {
    if (text === given) return undefined;
    const timer = setTimeout(() => setQuery({ [name]: text.trim() }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return <Field label={label} name={name} type="search" value={text} autocomplete="off" maxLength={256} {...(hint ? { placeholder: hint } : {})} onInput={(event) => setText(event.currentTarget.value)} />;
}

export function Techniques({ tags }: { tags: readonly string[] }) {
  const named = tags.filter(techniqueOf);
  return named.length === 0 ? <span class="none">–</span> : <>{named.map((tag) => <a key={tag} class="mono tq" href={`/rules?tab=list&tag=${tag.toLowerCase()}`}>{techniqueOf(tag)}</a>)}</>;
}

export function Rules() {
  const asked = Object.fromEntries(ASKED.map((name) => [name, query.value.get(name)]));
  const list = usePages<Rule>('/rules', { ...asked, limit: 100 });
  const filtered = Object.values(asked).some(Boolean);
  return (
    <>
      <form class="filters" role="search" aria-label={t('rules.list')} onSubmit={(event) => event.preventDefault()}>
        <Asked name="title" label={t('rules.name')} />
        <Select label={t('rules.atleast')} name="level" value={asked['level'] ?? ''} onChange={(event) => setQuery({ level: event.currentTarget.value })} options={[['', t('rules.any')], ...LEVELS.map((l) => [l, tword('severity', l)] as const)]} />
        <Asked name="tag" label={t('rules.tag')} hint="attack.t1059" />
        <Asked name="product" label={t('rules.product')} hint="windows" />
        <Asked name="category" label={t('rules.category')} hint="process_creation" />
        <Asked name="service" label={t('rules.service')} hint="security" />
      </form>
      <View of={{ ...list, data: list.first }} what={t('rules.list')} lines={10}>{() => (list.items.length === 0
        ? <Empty title={t('rules.none')}>{filtered ? <p>{t('rules.none.filtered')} <a href="/rules?tab=list">{t('do.clear')}</a></p> : <p>{t('rules.none.text')}</p>}</Empty>
        : (
          <div class="tablewrap" tabIndex={0} role="region" aria-label={t('rules.list')}>
            <table class="list">
              <thead><tr><th scope="col">{t('rules.level')}</th><th scope="col">{t('rules.name')}</th><th scope="col">{t('rules.logsource')}</th><th scope="col">{t('rules.techniques')}</th><th scope="col">{t('rules.status')}</th><th scope="col">{t('rules.author')}</th></tr></thead>
              <tbody>{list.items.map((rule) => (
                <tr key={`${rule.file}:${rule.line}`}>
                  <td><SeverityMark level={rule.level} /></td>
                  <th scope="row">{rule.id ? <a href={pathOf(rule.id)}>{visible(rule.title)}</a> : <>{visible(rule.title)} <span class="tag off">{t('rules.noid')}</span></>}{rule.kind === 'correlation' ? <> <span class="tag">{t('rules.correlation')}</span></> : null}</th>
                  <td class="none">{visible(sourceOf(rule.logsource)) || '–'}</td><td><Techniques tags={rule.tags} /></td><td>{visible(rule.status ?? '') || <span class="none">–</span>}</td><td class="by none">{visible(rule.author ?? '') || '–'}</td>
                </tr>))}</tbody>
            </table>
          </div>))}</View>
      <p class="actions" role="status"><span class="none">{list.first ? t(list.more ? 'rules.shown.more' : 'rules.shown', { n: list.items.length }) : ''}</span>
        {list.more ? <button type="button" class="btn sm" onClick={list.loadMore}>{t('do.more')}</button> : null}
        <a class="btn sm" href="/rules/new">{t('rules.draft.write')}</a></p>
    </>
  );
}

export function Refused() {
  const list = usePages<Refusal>('/rules/refusals', { limit: 200 });
  return (
    <>
      <p class="lead">{t('rules.refused.lead')}</p>
      <View of={{ ...list, data: list.first }} what={t('rules.refused')}>{() => (list.items.length === 0 ? <Empty title={t('rules.refused.none')} /> : (
        <div class="tablewrap" tabIndex={0} role="region" aria-label={t('rules.refused')}>
          <table class="list">
            <thead><tr><th scope="col">{t('rules.name')}</th><th scope="col">{t('rules.outcome')}</th><th scope="col">{t('rules.why')}</th><th scope="col">{t('rules.file')}</th></tr></thead>
            <tbody>{list.items.map((r) => (
              <tr key={`${r.file}:${r.line}:${r.reason}`}>
                <th scope="row">{r.id && r.warning ? <a href={pathOf(r.id)}>{visible(r.title)}</a> : visible(r.title) || <span class="none">–</span>}</th>
                <td><span class={r.warning ? 'tag' : 'tag bad'}>{t(r.warning ? 'rules.taken' : 'rules.nottaken')}</span></td><td>{visible(r.reason)}</td><td class="mono where">{visible(r.file)}:{r.line}</td>
              </tr>))}</tbody>
          </table>
        </div>))}</View>
      {list.more ? <p class="actions"><button type="button" class="btn" onClick={list.loadMore}>{t('do.more')}</button></p> : null}
    </>
  );
}
