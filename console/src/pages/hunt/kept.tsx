// Queries that are kept: one's own and those shared in one's organisation, on the server; and the last
// ones that this person ran, in this browser alone. All of them are links.
import { useState } from 'preact/hooks';
import { newKey, post, put, remove, type Page } from '../../core/api';
import { visible } from '../../core/format';
import { t } from '../../core/messages';
import { useResource } from '../../core/resource';
import { session } from '../../core/session';
import { Dialog } from '../../ui/dialog';
import { Field, Summary, useForm } from '../../ui/form';
import { toast } from '../../ui/toast';

interface Saved { id: string; name: string; page: string; query: string; shared: boolean; default: boolean; own: boolean }
const PAGE = 'hunt';
const RECENT_MAX = 15;

/** A query's address, within the time that is looked at. */
export const huntAt = (text: string, from: string, to: string): string =>
  `/hunt?${new URLSearchParams({ q: text, ...(from ? { from } : {}), ...(to ? { to } : {}) }).toString()}`;

// --- the last ones ---

const place = (): string => `cordon.hunts.${String(session.value?.user ?? '')}`;
function recent(): string[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(place()) ?? '[]');
    return Array.isArray(list) ? list.filter((q): q is string => typeof q === 'string').slice(0, RECENT_MAX) : [];
  } catch {
    return [];
  }
}
function keepRecent(list: readonly string[]): void {
  try {
    localStorage.setItem(place(), JSON.stringify(list));
  } catch { /* a browser that keeps nothing */ }
}
export function noteRecent(text: string): void {
  if (text !== '*') keepRecent([text, ...recent().filter((q) => q !== text)].slice(0, RECENT_MAX));
}

// --- those that are saved ---

function Shared({ value }: { value: boolean }) {
  return <label class="tick"><input type="checkbox" name="shared" defaultChecked={value} /> {t('hunt.saved.share')}</label>;
}

export function Save({ text, onClose }: { text: string; onClose: () => void }) {
  const [key] = useState(newKey);
  const form = useForm(async (data) => {
    await post('/views', { name: data['name']!.trim(), page: PAGE, query: text, shared: data['shared'] === 'on' }, { key });
    toast(t('hunt.saved.done'));
    onClose();
  });
  return (
    <Dialog title={t('hunt.save')} onClose={onClose}>
      <form onSubmit={form.submit} noValidate>
        <Summary faults={form.faults} />
        <pre class="said" tabIndex={0}>{visible(text)}</pre>
        <Field label={t('hunt.saved.name')} name="name" maxLength={120} autocomplete="off" fault={form.faults['name']} />
        <Shared value={false} />
        <p class="actions"><button type="submit" class="btn pri" disabled={form.busy}>{t('do.save')}</button><button type="button" class="btn" onClick={onClose}>{t('do.cancel')}</button></p>
      </form>
    </Dialog>
  );
}

function Rename({ of, onDone }: { of: Saved; onDone: (changed: boolean) => void }) {
  const form = useForm(async (data) => {
    await put(`/views/${of.id}`, { name: data['name']!.trim(), page: PAGE, query: of.query, shared: data['shared'] === 'on', default: of.default });
    onDone(true);
  });
  return (
    <form class="rename" onSubmit={form.submit} noValidate>
      <Summary faults={form.faults} />
      <Field label={t('hunt.saved.name')} name="name" defaultValue={of.name} maxLength={120} autocomplete="off" autofocus fault={form.faults['name']} />
      <Shared value={of.shared} />
      <p class="actions"><button type="submit" class="btn pri sm" disabled={form.busy}>{t('do.save')}</button><button type="button" class="btn sm" onClick={() => onDone(false)}>{t('do.cancel')}</button></p>
    </form>
  );
}

interface At { from: string; to: string; close: () => void }

function SavedList({ from, to, close }: At) {
  const list = useResource<Page<Saved>>('/views', { page: PAGE, limit: 400 });
  const [naming, setNaming] = useState('');
  const wrong = (error: Error): void => toast(error.message, { bad: true });
  const back = ({ name, page, query, shared, default: first }: Saved): void => {
    post('/views', { name, page, query, shared, default: first }, { key: newKey() }).then(list.reload, wrong);
  };
  const drop = (one: Saved): void => {
    remove(`/views/${one.id}`).then(() => {
      list.reload();
      toast(t('hunt.saved.deleted', { name: one.name }), { undo: () => back(one) });
    }, wrong);
  };
  if (!list.data) return <p class="none" role="status">{list.error ? list.error.message : t('hunt.saved.loading')}</p>;
  return list.data.items.length === 0 ? <p class="none">{t('hunt.saved.none')}</p> : (
    <ul class="keptlist">{list.data.items.map((one) => (
      <li key={one.id}>
        {naming === one.id ? <Rename of={one} onDone={(changed) => { setNaming(''); if (changed) list.reload(); }} /> : (
          <>
            <a href={huntAt(one.query, from, to)} onClick={close}>{visible(one.name)}</a>
            {one.shared ? <span class="tag">{t(one.own ? 'hunt.saved.shared' : 'hunt.saved.theirs')}</span> : null}
            <code class="el">{visible(one.query)}</code>
            {one.own ? (
              <span class="actions">
                <button type="button" class="btn sm" onClick={() => setNaming(one.id)}>{t('hunt.saved.rename')}<span class="vh"> {visible(one.name)}</span></button>
                <button type="button" class="btn sm" onClick={() => drop(one)}>{t('hunt.saved.delete')}<span class="vh"> {visible(one.name)}</span></button>
              </span>) : null}
          </>)}
      </li>))}</ul>
  );
}

function RecentList({ from, to, close }: At) {
  const [list, setList] = useState(recent);
  const drop = (): void => {
    keepRecent([]);
    setList([]);
  };
  return list.length === 0 ? <p class="none">{t('hunt.recent.none')}</p> : (
    <>
      <ul class="keptlist">{list.map((q) => <li key={q}><a class="mono" href={huntAt(q, from, to)} onClick={close}>{visible(q)}</a></li>)}</ul>
      <p class="actions"><button type="button" class="btn sm" onClick={drop}>{t('hunt.recent.forget')}</button></p>
    </>
  );
}

export function Kept(props: { from: string; to: string; onClose: () => void }) {
  const at = { from: props.from, to: props.to, close: props.onClose };
  return (
    <Dialog title={t('hunt.kept')} onClose={props.onClose} wide>
      <section class="kept" aria-labelledby="h-saved"><h3 id="h-saved">{t('hunt.saved')}</h3><SavedList {...at} /></section>
      <section class="kept" aria-labelledby="h-recent"><h3 id="h-recent">{t('hunt.recent')}</h3><p class="none">{t('hunt.recent.where')}</p><RecentList {...at} /></section>
    </Dialog>
  );
}
