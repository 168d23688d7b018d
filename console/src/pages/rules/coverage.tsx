// The matrix of ATT&CK, read in three ways: by rules, by data that come in for them, by alerts.
// No rule is a gap and said as such; no data is no nought, but unknown and hatched.
import { useMemo } from 'preact/hooks';
import { Download } from 'lucide';
import { address } from '../../core/api';
import { number, short, visible } from '../../core/format';
import { t, type Key } from '../../core/messages';
import { useResource } from '../../core/resource';
import { query, setQuery } from '../../core/router';
import { Icon } from '../../ui/icon';
import { Empty, View, When } from '../../ui/states';
import { tagOf, type Coverage, type Tactic, type Technique } from './types';

const READINGS = ['rules', 'data', 'hits'] as const;
type Reading = (typeof READINGS)[number];
const FILTERS = ['all', 'covered', 'gaps', 'blind', 'hit'] as const;
type Filter = (typeof FILTERS)[number];
const SHAPES = ['matrix', 'table'] as const;
/** The value of the address when it is one of these, else the first. */
const chosen = <T extends string>(name: string, of: readonly T[]): T => of.find((x) => x === query.value.get(name)) ?? of[0]!;

const passes: Record<Filter, (t: Technique) => boolean> = {
  all: () => true, covered: (x) => x.rules > 0, gaps: (x) => x.rules === 0, blind: (x) => x.rules > 0 && !x.data, hit: (x) => (x.hits ?? 0) > 0,
};
const step = (n: number): string => (n === 0 ? 'k0' : n < 2 ? 'k1' : n < 5 ? 'k2' : n < 10 ? 'k3' : 'k4');

/** What a cell shows: a number with what it counts, or that it is not known. */
function reading(x: Technique, by: Reading): { cls: string; text: string; say: string; to?: string } {
  const rules = `/rules?tab=list&tag=${tagOf(x.id)}`;
  if (by === 'rules') return { cls: step(x.rules), text: number(x.rules), say: t('rules.say.rules', { n: x.rules }), ...(x.rules ? { to: rules } : {}) };
  if (x.rules === 0) return { cls: 'k0', text: '–', say: t('rules.say.gap') };
  if (by === 'data') {
    return { cls: x.data ? step(x.rules_with_data) : 'blind', text: `${number(x.rules_with_data)}/${number(x.rules)}`, say: t('rules.say.data', { n: x.rules_with_data, of: x.rules }), to: rules };
  }
  if (x.hits) return { cls: step(x.hits), text: number(x.hits), say: t('rules.say.hits', { n: x.hits }), to: `/alerts?q=${encodeURIComponent(`technique:${x.id}`)}` };
  return x.data && x.hits === 0 ? { cls: 'k0', text: '0', say: t('rules.say.hits', { n: 0 }) } : { cls: 'blind', text: '?', say: t('rules.say.unknown') };
}

function Value({ of, by }: { of: Technique; by: Reading }) {
  const { text, say, to } = reading(of, by);
  const what = <><span aria-hidden="true">{text}</span><span class="vh">{say}</span></>;
  return to ? <a class="cv" href={to} title={say}>{what}</a> : <span class="cv" title={say}>{what}</span>;
}

function Cell({ of, by, sub = false }: { of: Technique; by: Reading; sub?: boolean }) {
  return (
    <div class={`cell ${reading(of, by).cls}${sub ? ' sub' : ''}`}>
      <span class="ct"><span class="mono">{sub ? of.id.slice(of.id.indexOf('.')) : of.id}</span> {of.name}</span><Value of={of} by={by} />
    </div>
  );
}

interface Group { head: Technique; subs: Technique[]; shown: Technique[] }
function groupsOf(tactic: Tactic, filter: Filter): Group[] {
  const found = new Map<string, Group>();
  for (const x of tactic.techniques) {
    const [base = ''] = x.id.split('.');
    const group = found.get(base) ?? { head: x, subs: [], shown: [] };
    found.set(base, group);
    if (x.id === base) group.head = x;
    else group.subs.push(x);
  }
  const pass = passes[filter];
  return [...found.values()].map((g) => ({ ...g, shown: g.subs.filter(pass) })).filter((g) => pass(g.head) || g.shown.length > 0);
}

const good: Record<Reading, (x: Technique) => boolean> = { rules: (x) => x.rules > 0, data: (x) => x.data, hits: (x) => (x.hits ?? 0) > 0 };

function Column({ of, by, filter, open }: { of: Tactic; by: Reading; filter: Filter; open: boolean }) {
  const groups = useMemo(() => groupsOf(of, filter), [of, filter]);
  const met = of.techniques.filter(good[by]).length;
  return (
    <section class="tactic" aria-labelledby={`t-${of.tactic}`}>
      <header><h2 id={`t-${of.tactic}`}>{of.name}</h2><p class="none">{t(`rules.of.${by}` as Key, { n: met, of: of.techniques.length })}</p></header>
      {groups.length === 0 ? <p class="none pad">{t('rules.column.none')}</p> : (
        <ol>{groups.map((g) => (
          <li key={g.head.id}><Cell of={g.head} by={by} />
            {g.shown.length > 0 ? (
              <details open={open}><summary>{t('rules.subs', { n: g.subs.filter(good[by]).length, of: g.subs.length })}<span class="vh"> {g.head.name}</span></summary>
                <ol>{g.shown.map((x) => <li key={x.id}><Cell of={x} by={by} sub /></li>)}</ol>
              </details>) : null}
          </li>))}</ol>)}
    </section>
  );
}

function Table({ of, filter }: { of: Coverage; filter: Filter }) {
  const rows = useMemo(() => {
    const found = new Map<string, { technique: Technique; tactics: string[] }>();
    for (const tactic of of.tactics) {
      for (const technique of tactic.techniques.filter(passes[filter])) {
        const row = found.get(technique.id) ?? { technique, tactics: [] };
        row.tactics.push(tactic.name);
        found.set(technique.id, row);
      }
    }
    return [...found.values()].sort((a, b) => (a.technique.id < b.technique.id ? -1 : 1));
  }, [of, filter]);
  return rows.length === 0 ? <Empty title={t('rules.column.none')}><p><a href="/rules?view=table">{t('rules.filter.all')}</a></p></Empty> : (
    <div class="tablewrap" tabIndex={0} role="region" aria-label={t('rules.coverage')}>
      <table class="list techniques">
        <thead><tr><th scope="col">{t('rules.technique')}</th><th scope="col">{t('rules.name')}</th><th scope="col">{t('rules.tactics')}</th>{READINGS.map((by) => <th key={by} scope="col" class="n">{t(`rules.by.${by}` as Key)}</th>)}</tr></thead>
        <tbody>{rows.map(({ technique, tactics }) => (
          <tr key={technique.id}><td class="mono">{technique.id}</td><th scope="row">{technique.name}</th><td class="none">{tactics.join(', ')}</td>
            {READINGS.map((by) => <td key={by} class={`n ${reading(technique, by).cls === 'blind' ? 'blind' : ''}`}><Value of={technique} by={by} /></td>)}</tr>))}</tbody>
      </table>
    </div>
  );
}

function Legend({ by }: { by: Reading }) {
  const steps: readonly (readonly [string, string])[] = [['k0', '0'], ['k1', '1'], ['k2', '2–4'], ['k3', '5–9'], ['k4', '10+']];
  return (
    <ul class="steps" aria-label={t('rules.legend')}>
      {steps.map(([cls, text]) => <li key={cls}><i class={cls} aria-hidden="true" />{text}</li>)}
      {by === 'rules' ? null : <li><i class="blind" aria-hidden="true" />{t('rules.blind')}</li>}
    </ul>
  );
}

function Choice<T extends string>({ name, of, value, label, prefix }: { name: string; of: readonly T[]; value: T; label: Key; prefix: string }) {
  return (
    <div class="seg" role="group" aria-label={t(label)}>
      {of.map((x) => <button type="button" key={x} aria-pressed={x === value} onClick={() => setQuery({ [name]: x === of[0] ? null : x })}>{t(`${prefix}.${x}` as Key)}</button>)}
    </div>
  );
}

function Summary({ of }: { of: Coverage }) {
  const all = useMemo(() => [...new Map(of.tactics.flatMap((c) => c.techniques).map((x) => [x.id, x])).values()], [of]);
  const count = (pass: (x: Technique) => boolean): number => all.filter(pass).length;
  const facts: readonly (readonly [string, string, string])[] = [
    [t('rules.fact.rules'), number(of.rules), '/rules?tab=list'], [t('rules.fact.covered', { of: all.length }), number(count(passes.covered)), '/rules?view=table&only=covered'],
    [t('rules.fact.data'), number(count((x) => x.data)), '/rules?read=data&only=covered'], [t('rules.fact.blind'), number(count(passes.blind)), '/rules?read=data&only=blind'],
    [t('rules.fact.gaps'), number(count(passes.gaps)), '/rules?view=table&only=gaps'],
  ];
  return <dl class="sum">{facts.map(([name, value, to]) => <div key={name}><dt>{name}</dt><dd><a href={to}>{value}</a></dd></div>)}</dl>;
}

export function Matrix() {
  const coverage = useResource<Coverage>('/coverage');
  const by = chosen('read', READINGS);
  const filter = chosen('only', FILTERS);
  const shape = chosen('view', SHAPES);
  const open = query.value.get('sub') === '1';
  return (
    <View of={coverage} what={t('rules.coverage')} lines={12}>{(data) => (
      <>
        <Summary of={data} />
        <div class="bar">
          <Choice name="read" of={READINGS} value={by} label="rules.reading" prefix="rules.by" />
          <Choice name="only" of={FILTERS} value={filter} label="rules.filter" prefix="rules.filter" />
          <Choice name="view" of={SHAPES} value={shape} label="rules.view" prefix="rules.view" />
          {shape === 'matrix' ? <button type="button" class="btn sm" aria-pressed={open} onClick={() => setQuery({ sub: open ? null : '1' })}>{t(open ? 'rules.close' : 'rules.open')}</button> : null}
          <a class="btn sm end" href={address('/coverage/layer')} download="cordon-layer.json"><Icon of={Download} size={14} />{t('rules.layer')}</a>
        </div>
        <p class="none how">{t(`rules.how.${by}` as Key)}</p>
        {shape === 'table' ? <Table of={data} filter={filter} /> : (
          <><Legend by={by} />
            <div class="matrix" tabIndex={0} role="region" aria-label={t('rules.coverage')}>{data.tactics.map((c) => <Column key={c.tactic + String(open)} of={c} by={by} filter={filter} open={open} />)}</div></>)}
        <p class="none how">{t('rules.untagged', { n: data.untagged })}{data.retired.length ? ` ${t('rules.retired', { n: data.retired.length })} ` : null}{data.retired.length ? <span class="mono">{visible(data.retired.join(' '))}</span> : null}</p>
        <p class="none how">{t('rules.asof')} <When time={data.as_of} show={short} />. {visible(data.notice)}</p>
      </>)}</View>
  );
}
