// What can be said in an incident: a form for each kind of entry. What the server finds wrong stands
// at its field; nothing is changed, everything is another claim.
import { useEffect, useState } from 'preact/hooks';
import { get, newKey, post, type Page } from '../../core/api';
import { visible } from '../../core/format';
import { t, tword, type Key } from '../../core/messages';
import { useResource } from '../../core/resource';
import { may, session } from '../../core/session';
import { Dialog } from '../../ui/dialog';
import { Field, Select, Summary, TextArea, faultsOf, type Faults } from '../../ui/form';
import { STATES } from '../picture/types';
import { SEVERITIES, type Detail, type Entry, type Incident } from './types';

type Options = readonly (readonly [string, string])[];
type Type = 'text' | 'area' | 'lines' | 'time' | 'people' | 'incidents' | 'member' | 'organisation' | 'links' | readonly string[];
/** Member of the entry, how it is asked for, and whether it is needed. */
type Row = readonly [string, Type, boolean];

const LEVELS = ['critical', 'high', 'medium', 'low', 'informational'] as const;
/** The order of the buttons: what is said oftenest first, the rest in a menu. */
export const SAID = ['note', 'decision', 'task', 'status', 'phase'] as const;
export const FURTHER = ['organisation', 'link', 'alert', 'commander', 'split', 'merge', 'stand-down'] as const;
export type Saying = (typeof SAID)[number] | (typeof FURTHER)[number] | 'owner' | 'declare' | 'part' | 'unlink';

const ENTRIES: Record<Saying, readonly Row[]> = {
  note: [['text', 'area', true], ['lane', ['us', 'attack', 'hospital', 'care'], true], ['time', 'time', false]],
  decision: [['what', 'area', true], ['why', 'area', true], ['who', 'text', false], ['options', 'lines', false], ['basis', 'lines', false]],
  task: [['title', 'text', true], ['sort', ['action', 'decision', 'enquiry'], true], ['owner', 'people', false], ['due', 'time', false]],
  status: [['member', 'member', true], ['state', STATES, true], ['reason', 'area', false]],
  phase: [['phase', ['detected', 'acknowledged', 'decided', 'contained', 'recovered'], true], ['time', 'time', false], ['reason', 'area', false]],
  organisation: [['organisation', 'organisation', true], ['reason', 'area', false]],
  link: [['link', ['evidence', 'alert', 'cluster', 'claim', 'advisory'], true], ['id', 'text', true], ['reason', 'area', false]],
  alert: [['organisation', 'organisation', true], ['alert', 'text', true], ['level', LEVELS, true], ['host', 'text', false], ['text', 'area', false]],
  commander: [['who', 'people', true], ['reason', 'area', false]],
  split: [['name', 'text', true], ['links', 'links', true], ['reason', 'area', true]],
  merge: [['into', 'incidents', true], ['reason', 'area', true]],
  'stand-down': [['reason', 'area', true]],
  declare: [['name', 'text', true], ['severity', SEVERITIES, true], ['reason', 'area', false]],
  part: [['reason', 'area', true]],
  owner: [['owner', 'people', true], ['due', 'time', false]],
  unlink: [['reason', 'area', true]],
};
const WORDS: Record<string, string> = { state: 'orgstate', level: 'severity', severity: 'incidents.sev', link: 'incidents.link' };

/** Whoever is known here: oneself, who is in the incident, and all accounts for whoever may see them. */
function usePeople(of: Detail): Options {
  const users = useResource<Page<{ user: string; name: string }>>(may('users.read') ? '/users' : null, { limit: 1000 });
  const known = new Map<string, string>();
  const add = (id: string | undefined, name: string | undefined): void => { if (id?.startsWith('user:') && !known.has(id)) known.set(id, name ?? id); };
  add(`user:${session.value?.user ?? ''}`, session.value?.name);
  add(of.commander, of.commander_name);
  of.tasks.forEach((x) => { add(x.owner, x.owner_name); x.history.forEach((h) => add(h.who, h.who_name)); });
  of.decisions.forEach((x) => add(x.who, x.who_name));
  of.links.forEach((x) => add(x.who, x.who_name));
  users.data?.items.forEach((u) => add(`user:${u.user}`, u.name));
  return [...known];
}

/** An organisation by its name or code; its code is what is sent. */
export function OrganisationField({ value, fault, onValue }: { value: string; fault: string | undefined; onValue: (code: string) => void }) {
  const [found, setFound] = useState<readonly { code: string; name: string }[]>([]);
  useEffect(() => {
    if (value.length < 2) return undefined;
    const abort = new AbortController();
    get<Page<{ code: string; name: string }>>('/organisations', { text: value, limit: 20 }, { signal: abort.signal }).then((page) => setFound(page.items), () => undefined);
    return () => abort.abort();
  }, [value]);
  return (
    <Field label={t('incidents.organisation')} name="organisation" fault={fault} hint={t('incidents.organisation.hint')} value={value} maxLength={64} autocomplete="off" list="incident-organisations" onInput={(event) => onValue(event.currentTarget.value)}>
      <datalist id="incident-organisations">{found.map((o) => <option key={o.code} value={o.code}>{visible(o.name)}</option>)}</datalist>
    </Field>
  );
}

type Form = Record<string, string>;
const lines = (text: string | undefined): string[] => (text ?? '').split('\n').map((line) => line.trim()).filter(Boolean);
const chosen = (text: string | undefined): { kind: string; id: string }[] => lines(text).map((line) => ({ kind: line.split(' ')[0]!, id: line.slice(line.indexOf(' ') + 1) }));

/** What is posted for a form, in the order in which it is posted. */
async function send(of: Detail, kind: Saying, form: Form, base: Entry): Promise<void> {
  const entries = `/incidents/${of.id}/entries`;
  const reason = form['reason'] ? { reason: form['reason'] } : {};
  if (kind === 'status') {
    await post('/claims', { claims: [{ kind: 'status.claim', subject: `org:${form['member'] ?? ''}`, value: { state: form['state'], incident: of.id, ...reason }, method: 'console' }] }, { key: newKey() });
  } else if (kind === 'organisation' || kind === 'link') {
    await post(entries, { kind: 'link', links: [kind === 'link' ? { kind: form['link'], id: form['id'] } : { kind: 'organisation', id: form['organisation'] }], ...reason }, { key: newKey() });
  } else if (kind === 'alert') {
    const made = await post<{ id: string }>('/alerts', {
      organisation: form['organisation'], title: form['alert'], level: form['level'], ...(form['host'] ? { entity_kind: 'host', entity: form['host'] } : {}), ...(form['text'] ? { text: form['text'] } : {}),
    }, { key: newKey() });
    await post(entries, { kind: 'link', links: [{ kind: 'alert', id: made.id }] }, { key: newKey() });
  } else {
    const entry: Entry = { ...base, kind: kind === 'owner' ? 'task' : kind };
    for (const [name, type] of ENTRIES[kind]) {
      const value = form[name]?.trim();
      if (value) entry[name === 'name' ? 'title' : name] = type === 'time' ? new Date(value).toISOString() : type === 'lines' ? lines(value) : type === 'links' ? chosen(value) : value;
    }
    await post(entries, entry, { key: newKey() });
  }
}

function Links({ of, value, onValue, fault }: { of: Detail; value: string; onValue: (value: string) => void; fault: string | undefined }) {
  const on = new Set(lines(value));
  const turn = (line: string): void => {
    if (!on.delete(line)) on.add(line);
    onValue([...on].join('\n'));
  };
  return (
    <fieldset class={fault ? 'choice pick bad' : 'choice pick'}>
      <legend>{t('incidents.member.links')}</legend>
      {fault ? <p class="fault">{fault}</p> : null}
      {of.links.map((l) => <label key={l.kind + l.id}><input type="checkbox" name="links" checked={on.has(`${l.kind} ${l.id}`)} onChange={() => turn(`${l.kind} ${l.id}`)} />{tword('incidents.link', l.kind)} {l.title ? visible(l.title) : <span class="mono">{l.id}</span>}</label>)}
    </fieldset>
  );
}

const first = (of: Detail, [name, type]: Row): string => {
  if (name === 'severity') return of.severity;
  if (name === 'name') return of.title ?? '';
  if (name === 'owner') return `user:${session.value?.user ?? ''}`;
  return Array.isArray(type) ? (type as readonly string[])[0]! : '';
};

export function EntryDialog({ of, kind, base = { kind: '' }, what, onClose, onSaid }: { of: Detail; kind: Saying; base?: Entry | undefined; what?: string | undefined; onClose: () => void; onSaid: () => void }) {
  const rows = ENTRIES[kind];
  const people = usePeople(of);
  const others = useResource<Page<Incident>>(kind === 'merge' ? '/incidents' : null, { state: 'open', limit: 200 });
  const [form, setForm] = useState<Form>(() => Object.fromEntries(rows.map((row) => [row[0], typeof base[row[0]] === 'string' ? (base[row[0]] as string) : kind === 'split' && row[0] === 'name' ? '' : first(of, row)])));
  const [faults, setFaults] = useState<Faults>({});
  const [busy, setBusy] = useState(false);
  const label = (name: string): string => t((name === 'organisation' || name === 'member' ? 'incidents.organisation' : name === 'level' || name === 'severity' ? 'incidents.severity' : name === 'owner' ? 'incidents.owner' : name === 'state' ? 'incidents.how' : name === 'who' && kind === 'commander' ? 'incidents.member.commander' : `incidents.member.${name}`) as Key);
  const options = (name: string, type: Type): Options => {
    if (Array.isArray(type)) return (type as readonly string[]).map((w) => [w, tword(WORDS[name] ?? `incidents.${name}`, w)] as const);
    if (type === 'people') return [...(rows.find((r) => r[0] === name)![2] ? [] : [['', t('who.nobody')] as const]), ...people];
    if (type === 'member') return [['', t('do.choose')] as const, ...of.organisations.map((o) => [o.code, o.name ?? o.code] as const)];
    return [['', t('do.choose')] as const, ...(others.data?.items ?? []).filter((i) => i.id !== of.id).map((i) => [i.id, `${i.title ?? ''} ${i.id}`] as const)];
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    const missing = rows.filter(([name, , needed]) => needed && !form[name]?.trim());
    if (missing.length) {
      setFaults(Object.fromEntries(missing.map(([name]) => [name, t('form.missing', { field: label(name) })])));
      return;
    }
    setBusy(true);
    send(of, kind, form, base).then(() => { onSaid(); onClose(); }, (error: unknown) => { setFaults(faultsOf(error)); setBusy(false); });
  };
  const set = (name: string) => (event: { currentTarget: { value: string } }): void => setForm((before) => ({ ...before, [name]: event.currentTarget.value }));
  return (
    <Dialog title={t(`incidents.entry.${kind}` as Key)} onClose={onClose}>
      <form onSubmit={submit} noValidate>
        <Summary faults={faults} />
        {what ? <p><b>{visible(what)}</b></p> : null}
        {rows.map(([name, type, needed]) => {
          const rest = { label: label(name), name, fault: faults[name], optional: !needed, value: form[name] ?? '' };
          if (type === 'area' || type === 'lines') return <TextArea key={name} {...rest} hint={type === 'lines' ? t('incidents.aline') : undefined} rows={type === 'lines' ? 3 : 4} maxLength={4000} onInput={set(name)} />;
          if (type === 'links') return <Links key={name} of={of} value={rest.value} fault={faults[name]} onValue={(value) => setForm((before) => ({ ...before, [name]: value }))} />;
          if (type === 'organisation') return <OrganisationField key={name} value={rest.value} fault={faults[name] ?? faults['links']} onValue={(value) => setForm((before) => ({ ...before, [name]: value }))} />;
          if (type === 'text' || type === 'time') return <Field key={name} {...rest} type={type === 'time' ? 'datetime-local' : 'text'} maxLength={256} onInput={set(name)} />;
          return <Select key={name} {...rest} options={options(name, type)} onChange={set(name)} />;
        })}
        <p class="actions"><button type="submit" class="btn pri" disabled={busy}>{t('incidents.record')}</button><button type="button" class="btn" onClick={onClose}>{t('do.cancel')}</button></p>
      </form>
    </Dialog>
  );
}
