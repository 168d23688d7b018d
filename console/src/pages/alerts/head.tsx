// Above the queue: saved views, the time, and what may be typed into its query.
import { useState } from 'preact/hooks';
import { Plus } from 'lucide';
import { at, linkAt } from '../../core/asof';
import { newKey, post } from '../../core/api';
import { now as clock } from '../../core/clock';
import { visible } from '../../core/format';
import { t } from '../../core/messages';
import { zone } from '../../core/prefs';
import { useResource } from '../../core/resource';
import { setQuery } from '../../core/router';
import { session } from '../../core/session';
import { Dialog } from '../../ui/dialog';
import { Field } from '../../ui/form';
import { Icon } from '../../ui/icon';
import type { Suggestion } from '../../ui/query';
import { toast } from '../../ui/toast';
import { LEVELS, REASONS } from './types';

export const OPEN = 'NOT status:closed AND suppressed:false';
const WORDS: Record<string, readonly string[]> = {
  severity: LEVELS, status: ['new', 'acknowledged', 'in-progress', 'closed'], reason: REASONS, criticality: ['life-critical', 'clinical', 'support', 'administrative', 'unknown'],
  kind: ['host', 'user', 'address', 'organisation'], suppressed: ['true', 'false'], manual: ['true', 'false'],
};
const ALL_FIELDS = 'id severity status reason owner rule title author tag technique tactic org region host user address entity kind criticality care risk count again notes first last known updated cluster incident suppressed manual'.split(' ');

export function suggest(word: string, before: string): readonly Suggestion[] {
  const field = /([a-z]+):\(?[^()]*$/.exec(before)?.[1];
  const values = field && before.endsWith(':') ? WORDS[field] : undefined;
  const from = values ?? [...ALL_FIELDS.map((f) => `${f}:`), 'AND', 'OR', 'NOT'];
  return from.filter((w) => w.toLowerCase().startsWith(word.toLowerCase())).map((label) => ({ label }));
}

interface Saved { id: string; name: string; query: string; default: boolean }
export function Views({ q }: { q: string }) {
  const saved = useResource<{ items: Saved[] }>('/views', { page: 'alerts' });
  const [naming, setNaming] = useState(false);
  const [name, setName] = useState('');
  const fixed: [string, string][] = [[t('alerts.view.open'), OPEN], [t('alerts.view.mine'), `${OPEN} AND owner:"user:${String(session.value?.user ?? '')}"`], [t('alerts.view.nobody'), `${OPEN} AND severity:(critical OR high) AND NOT owner:*`],
    [t('alerts.view.clinical'), `${OPEN} AND criticality:("life-critical" OR clinical)`], [t('alerts.view.closed'), 'status:closed'], [t('alerts.view.suppressed'), 'suppressed:true']];
  const save = (event: Event): void => {
    event.preventDefault();
    setNaming(false);
    post('/views', { name, page: 'alerts', query: q }, { key: newKey() }).then(() => saved.reload(), (error: Error) => toast(error.message, { bad: true }));
  };
  return (
    <nav class="views" aria-label={t('alerts.views')}>
      {[...fixed, ...(saved.data?.items ?? []).filter((v) => 'page' in v ? (v as { page?: string }).page === 'alerts' : true).map((v) => [visible(v.name), v.query] as [string, string])].map(([label, text]) => (
        <a key={label + text} href={linkAt(`/alerts?q=${encodeURIComponent(text)}`)} aria-current={text === q ? 'true' : undefined}>{label}</a>))}
      <button type="button" class="btn sm" onClick={() => setNaming(true)}><Icon of={Plus} size={14} />{t('alerts.view.save')}</button>
      {naming ? (
        <Dialog title={t('alerts.view.save')} onClose={() => setNaming(false)}>
          <form onSubmit={save}><Field label={t('alerts.view.name')} name="name" value={name} maxLength={128} onInput={(event) => setName(event.currentTarget.value)} />
            <p class="mono">{q || '*'}</p><p class="actions"><button type="submit" class="btn pri">{t('do.save')}</button></p></form>
        </Dialog>) : null}
    </nav>
  );
}

/** The field of a time in the zone that times are shown in, and back. */
function local(iso: string): string {
  const time = iso ? new Date(iso) : null;
  if (!time || Number.isNaN(time.getTime())) return '';
  return new Date(time.getTime() - (zone.value === 'UTC' ? 0 : time.getTimezoneOffset() * 60_000)).toISOString().slice(0, 16);
}
const utc = (text: string): string | null => (text ? new Date(zone.value === 'UTC' ? `${text}Z` : text).toISOString() : null);

const HOURS: [string, number][] = [['1', 1], ['24', 24], ['168', 168]];
export function Time({ from, to }: { from: string; to: string }) {
  const now = at.value ? Date.parse(at.value) : clock();
  return (
    <div class="timebox">
      <label>{t('alerts.from')} <input type="datetime-local" value={local(from)} onChange={(event) => setQuery({ from: utc(event.currentTarget.value) }, true)} /></label>
      <label>{t('alerts.to')} <input type="datetime-local" value={local(to)} onChange={(event) => setQuery({ to: utc(event.currentTarget.value) }, true)} /></label>
      <span class="seg">
        {HOURS.map(([key, hours]) => <button type="button" key={key} aria-pressed={false} onClick={() => setQuery({ from: new Date(now - hours * 3600_000).toISOString(), to: null }, true)}>{t(`alerts.last.${key}` as 'alerts.last.1')}</button>)}
        <button type="button" aria-pressed={!from && !to} onClick={() => setQuery({ from: null, to: null }, true)}>{t('alerts.anytime')}</button>
      </span>
    </div>
  );
}
