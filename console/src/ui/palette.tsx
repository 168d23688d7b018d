// Ctrl+K: pages, organisations by name or code, and searches for what was typed.
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Building2, Crosshair, Bell, type IconNode } from 'lucide';
import { get, type Page } from '../core/api';
import { t } from '../core/messages';
import { quoted } from '../core/query';
import { go, match } from '../core/router';
import { may } from '../core/session';
import type { Entry } from '../nav';
import { routes } from '../routes';
import { Icon } from './icon';

interface Hit { to: string; text: string; detail?: string; icon: IconNode; group: string }
interface Named { code: string; name: string; role: string }
const known = (to: string): boolean => routes.some((r) => match(r.pattern, to));

async function organisations(text: string, signal: AbortSignal): Promise<Hit[]> {
  if (text.length < 2 || !may('organisations.read') || !known('/organisations/x')) return [];
  const page = await get<Page<Named>>('/organisations', { text, open: true, limit: 8 }, { signal });
  return page.items.map((o) => ({ to: `/organisations/${encodeURIComponent(o.code)}`, text: o.name, detail: o.code, icon: Building2, group: t('palette.organisations') }));
}

function searches(text: string): Hit[] {
  const words = encodeURIComponent(quoted(text));
  return [
    ...(known('/alerts') && may('findings.read') ? [{ to: `/alerts?q=${words}`, text: t('palette.alerts', { text }), icon: Bell, group: t('palette.search') }] : []),
    ...(known('/hunt') && may('events.read') ? [{ to: `/hunt?q=${words}`, text: t('palette.hunt', { text }), icon: Crosshair, group: t('palette.search') }] : []),
  ];
}

export function Palette({ onClose, entries }: { onClose: () => void; entries: readonly Entry[] }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const [text, setText] = useState('');
  const [found, setFound] = useState<Hit[]>([]);
  const [cursor, setCursor] = useState(0);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current!.showModal();
    return () => {
      dialog.current?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  const words = text.trim().toLowerCase();
  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(() => {
      organisations(words, abort.signal).then((hits) => { if (!abort.signal.aborted) setFound(hits); }, () => { if (!abort.signal.aborted) setFound([]); });
    }, 120);
    return () => { clearTimeout(timer); abort.abort(); };
  }, [words]);
  const pages = entries.filter((e) => t(e.title).toLowerCase().includes(words) || t(e.label).toLowerCase().includes(words))
    .map((e) => ({ to: e.to, text: t(e.title), icon: e.icon, group: t('palette.pages') }));
  const hits: Hit[] = [...pages, ...(words ? found : []), ...(words ? searches(text.trim()) : [])];
  const at = Math.min(cursor, hits.length - 1);
  const choose = (hit: Hit | undefined): void => {
    if (!hit) return;
    onClose();
    go(hit.to);
  };
  const press = (event: KeyboardEvent): void => {
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
    if (to !== undefined) setCursor((to + hits.length) % Math.max(1, hits.length));
    else if (event.key === 'Enter') choose(hits[at]);
    else return;
    event.preventDefault();
  };
  return (
    <dialog ref={dialog} class="palette" aria-label={t('palette.label')} onCancel={(event) => { event.preventDefault(); onClose(); }}
      onMouseDown={(event) => { if (event.target === dialog.current) onClose(); }}>
      <input type="text" role="combobox" aria-label={t('palette.label')} aria-expanded={hits.length > 0} aria-controls={id} aria-autocomplete="list" autocomplete="off" spellcheck={false}
        aria-activedescendant={hits.length ? `${id}-${at}` : undefined} placeholder={t('palette.hint')} value={text} onInput={(event) => { setText(event.currentTarget.value); setCursor(0); }} onKeyDown={press} />
      <ul role="listbox" id={id} aria-label={t('palette.label')}>
        {hits.map((hit, i) => (
          <li key={hit.to} id={`${id}-${i}`} role="option" aria-selected={i === at} onClick={() => choose(hit)} onPointerMove={() => setCursor(i)}>
            <Icon of={hit.icon} size={16} /><span>{hit.text}</span>{hit.detail ? <span class="mono">{hit.detail}</span> : null}<small>{hit.group}</small>
          </li>))}
      </ul>
      <p class={hits.length ? 'vh' : 'none'} role="status">{hits.length ? t('palette.count', { n: hits.length }) : t('palette.none')}</p>
    </dialog>
  );
}
