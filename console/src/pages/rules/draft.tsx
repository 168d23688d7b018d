// A rule that is not in force: drafted from a hunt or written here, checked by the server, tried over
// stored events, and taken away as a file. The console puts no rule in force (N10).
import { useEffect, useRef, useState } from 'preact/hooks';
import { newKey, post } from '../../core/api';
import { number, visible } from '../../core/format';
import { t, tx } from '../../core/messages';
import { query, setQuery } from '../../core/router';
import { langOf, said } from '../../core/said';
import { saveAs } from '../../core/save';
import { may } from '../../core/session';
import { Field, Summary, useForm } from '../../ui/form';
import { CopyButton } from '../../ui/once';
import { QueryEditor } from '../../ui/query';
import { Failure, Skeleton } from '../../ui/states';
import { OneTrial } from './trial';
import type { Trial } from './types';

interface Note { column: number; term: string; why: string; kept: boolean }
interface Draft { text: string | null; class: string; notes: Note[]; notes_more: number }
interface Problem { gravity: 'refused' | 'error' | 'warning'; line: number; title?: string; message: string }
interface Check { rules: number; usable: boolean; problems: Problem[]; problems_more: number }

const PAUSE_MS = 700;
const EMPTY = `title: ''
status: experimental
description: ''
logsource:
    product: windows
    category: process_creation
detection:
    selection:
        Image|endswith: '\\example.exe'
    condition: selection
falsepositives:
    - Unknown
level: medium
`;

function Notes({ of }: { of: Draft }) {
  if (of.notes.length === 0) return <p class="notice good">{t('rules.draft.whole')}</p>;
  return (
    <div class="panel notes">
      <header><h2>{t('rules.draft.notes')}</h2></header>
      <div class="tablewrap" tabIndex={0} role="region" aria-label={t('rules.draft.notes')}>
        <table class="list">
          <thead><tr><th scope="col">{t('rules.draft.term')}</th><th scope="col">{t('rules.why')}</th><th scope="col">{t('rules.outcome')}</th><th scope="col" class="n">{t('rules.draft.column')}</th></tr></thead>
          <tbody>{of.notes.map((n, i) => (
            <tr key={i}><th scope="row" class="mono">{visible(n.term)}</th><td lang={langOf(n.why)}>{said(n.why)}</td><td><span class={n.kept ? 'tag' : 'tag bad'}>{t(n.kept ? 'rules.draft.kept' : 'rules.draft.left')}</span></td><td class="n">{number(n.column)}</td></tr>))}</tbody>
        </table>
      </div>
      {of.notes_more ? <p class="none pad">{t('rules.draft.more', { n: of.notes_more })}</p> : null}
    </div>
  );
}

/** The line stands beside it. */
const bare = (message: string): string => message.replace(/^line \d+, /, '');

function Checked({ of, error }: { of: Check | null; error: Error | null }) {
  if (error) return <p class="notice bad" role="alert">{error.message}</p>;
  if (!of) return <p class="none" role="status">{t('rules.check.busy')}</p>;
  return (
    <div class="checked" role="status">
      <p><span class={of.usable ? 'tag on' : 'tag bad'}>{t(of.usable ? 'rules.check.usable' : 'rules.check.unusable')}</span> {of.problems.length === 0 ? t('rules.check.none') : t('rules.check.problems', { n: of.problems.length + of.problems_more })}</p>
      {of.problems.length === 0 ? null : <ul>{of.problems.map((p, i) => (
        <li key={i}><span class={p.gravity === 'warning' ? 'tag' : 'tag bad'}>{t(`rules.check.${p.gravity}`)}</span> <span class="none">{t('rules.check.line', { n: number(p.line) })}</span> <span lang={langOf(bare(p.message))}>{visible(said(bare(p.message)))}</span></li>))}</ul>}
      {of.problems_more ? <p class="none">{t('rules.check.more', { n: of.problems_more })}</p> : null}
    </div>
  );
}

/** What cordon check says of the text, asked when one pauses. */
function useCheck(text: string): { check: Check | null; error: Error | null } {
  const [held, setHeld] = useState<{ of: string; check: Check | null; error: Error | null }>({ of: '', check: null, error: null });
  useEffect(() => {
    if (!text.trim()) return undefined;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      post<Check>('/rules/check', { text }, { signal: abort.signal }).then(
        (check) => setHeld({ of: text, check, error: null }),
        (error: Error) => { if (!abort.signal.aborted) setHeld({ of: text, check: null, error }); });
    }, held.of === '' ? 0 : PAUSE_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [text]);
  return held.of === text ? held : { check: null, error: null };
}

function Try({ text, usable }: { text: string; usable: boolean }) {
  const id = query.value.get('trial');
  const [tried, setTried] = useState<string | null>(null);
  const form = useForm(async (data) => {
    const organisation = data['organisation']?.trim();
    const trial = await post<Trial>('/trials', { kind: 'rule', text, days: Number(data['days']), ...(organisation ? { organisation } : {}) }, { key: newKey() });
    setTried(text);
    setQuery({ trial: trial.id });
  });
  return (
    <section class="panel" aria-labelledby="h-try">
      <header><h2 id="h-try">{t('rules.draft.try')}</h2></header>
      <div class="pad">
        <p class="none">{t('rules.draft.try.text')}</p>
        {id ? <>{tried !== null && tried !== text ? <p class="notice warn">{t('rules.draft.changed')}</p> : null}<OneTrial key={id} id={id} onSuppressed={() => undefined} /></> : (
          <form onSubmit={form.submit} noValidate>
            <Summary faults={form.faults} />
            <div class="row"><Field label={t('rules.trial.days')} name="days" type="number" min={1} max={366} defaultValue="7" fault={form.faults['days']} />
              <Field label={t('rules.scope.organisation')} name="organisation" optional autocomplete="off" maxLength={64} fault={form.faults['organisation']} /></div>
            <p class="actions"><button type="submit" class="btn pri" disabled={form.busy || !usable}>{t('rules.trial.run')}</button>{usable ? null : <span class="none">{t('rules.draft.notyet')}</span>}</p>
          </form>)}
      </div>
    </section>
  );
}

const nameOf = (text: string): string => {
  const title = /^title: *['"]?([^'"\n]*)/m.exec(text)?.[1] ?? '';
  return `${title.toLowerCase().normalize('NFKD').replace(/[^a-z0-9]+/g, '_').replace(/^_+|_+$/g, '').slice(0, 60) || 'rule'}.yml`;
};

function Editor({ first, draft, from }: { first: string; draft: Draft | null; from: string }) {
  const [text, setText] = useState(first);
  const { check, error } = useCheck(text);
  return (
    <>
      {draft ? <Notes of={draft} /> : null}
      <section class="panel" aria-labelledby="h-text">
        <header><h2 id="h-text">{t('rules.draft.rule')}</h2><span class="sub">{t('rules.draft.sub')}</span></header>
        <div class="pad">
          <div class="qbox yamlbox"><QueryEditor id="rule-text" lines yaml value={first} label={t('rules.draft.rule')} onChange={setText} onRun={() => undefined} /></div>
          <Checked of={check} error={error} />
          <p class="actions"><button type="button" class="btn pri" onClick={() => saveAs(new Blob([text], { type: 'application/yaml' }), nameOf(text))}>{t('rules.draft.download')}</button><CopyButton text={text} />
            {from ? <a class="btn" href={`/hunt?q=${encodeURIComponent(from)}`}>{t('rules.draft.hunt')}</a> : null}</p>
          <div class="notice"><b>{t('rules.draft.force')}</b><p>{tx('rules.draft.where', { rules: <code>rules:</code>, check: <code>cordon check</code>, reload: <code>SIGHUP</code> })}</p></div>
        </div>
      </section>
      {may('events.read') ? <Try text={text} usable={check?.usable ?? false} /> : null}
    </>
  );
}

/** The server's draft of a query, asked for once. */
function Drafted({ text, event }: { text: string; event: string }) {
  const [held, setHeld] = useState<{ draft: Draft | null; error: Error | null }>({ draft: null, error: null });
  const [turn, setTurn] = useState(0);
  const asked = useRef(false);
  useEffect(() => {
    if (asked.current) return;
    asked.current = true;
    post<Draft>('/rules/drafts', { query: text, title: t('rules.draft.title'), ...(event ? { event } : {}) }).then(
      (draft) => setHeld({ draft, error: null }), (error: Error) => setHeld({ draft: null, error }));
  }, [turn]);
  if (held.error) return <Failure what={t('rules.draft')} error={held.error} retry={() => { asked.current = false; setTurn(turn + 1); }} />;
  if (!held.draft) return <Skeleton lines={10} />;
  if (held.draft.text === null) return <><p class="notice bad" role="alert"><b>{t('rules.draft.nothing')}</b></p><Notes of={held.draft} /></>;
  return <Editor first={held.draft.text} draft={held.draft} from={text} />;
}

export default function NewRule() {
  const text = query.value.get('q') ?? '';
  const event = query.value.get('event') ?? '';
  return (
    <div class="page rules newrule">
      <header class="pagehead"><h1>{t('rules.draft')}</h1><a class="end" href="/rules?tab=list">{t('rules.back')}</a></header>
      <p class="lead">{t('rules.draft.lead')}</p>
      {text ? (
        <><h2 class="vh">{t('rules.draft.query')}</h2><pre class="said" tabIndex={0} role="region" aria-label={t('rules.draft.query')}>{visible(text)}</pre><Drafted key={`${event} ${text}`} text={text} event={event} /></>)
        : <Editor first={EMPTY} draft={null} from="" />}
    </div>
  );
}
