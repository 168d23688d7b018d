// What is around every page: header, navigation rail, palette, help, messages.
import type { ComponentChildren } from 'preact';
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { CircleQuestionMark, Search, Settings2 } from 'lucide';
import { lastAnswer, online, type Page } from '../core/api';
import { second, visible } from '../core/format';
import { groups, typing } from '../core/keyboard';
import { useLive } from '../core/live';
import { t, tword, type Key } from '../core/messages';
import { density, keysOn, language, theme, zone, type Density, type Language, type Theme, type Zone } from '../core/prefs';
import { orgName } from '../core/names';
import { useResource } from '../core/resource';
import { go, path } from '../core/router';
import { may, session, signOut } from '../core/session';
import { badges, entries, setBadge, type Entry } from '../nav';
import { routes } from '../routes';
import { match } from '../core/router';
import { Dialog } from './dialog';
import { Icon } from './icon';
import { Marking, Wordmark } from './marks';
import { Palette } from './palette';
import { Toasts, toast } from './toast';

export const open = signal<'' | 'palette' | 'help' | 'settings'>('');
export const shownEntries = (): Entry[] =>
  entries.filter((e) => routes.some((r) => match(r.pattern, e.to)) && e.rights.some(may));

function Choice<T extends string>({ label, name, value, options, onChange }: { label: string; name: string; value: T; options: readonly (readonly [T, string])[]; onChange: (value: T) => void }) {
  return (
    <fieldset class="choice">
      <legend>{label}</legend>
      {options.map(([one, text]) => (
        <label key={one}><input type="radio" name={name} checked={value === one} onChange={() => onChange(one)} />{text}</label>))}
    </fieldset>
  );
}

function Settings() {
  const words = <T extends string>(prefix: string, all: readonly T[]): (readonly [T, string])[] => all.map((w) => [w, tword(prefix, w)] as const);
  return (
    <Dialog title={session.value?.name ?? ''} onClose={() => { open.value = ''; }}>
      <p class="meta"><span>{session.value?.login}</span><span>{visible(orgName(session.value?.organisation ?? ''))}</span><a href="/account" onClick={() => { open.value = ''; }}>{t('title.account')}</a></p>
      <Choice<Language> label={t('app.language')} name="language" value={language.value} options={[['en', 'English'], ['fr', 'Français']]} onChange={(v) => { language.value = v; }} />
      <Choice<Theme> label={t('app.theme')} name="theme" value={theme.value} options={words('app.theme', ['system', 'light', 'dark'])} onChange={(v) => { theme.value = v; }} />
      <Choice<Density> label={t('app.density')} name="density" value={density.value} options={words('app.density', ['compact', 'comfortable'])} onChange={(v) => { density.value = v; }} />
      <Choice<Zone> label={t('app.zone')} name="zone" value={zone.value} options={words('app.zone', ['local', 'UTC'])} onChange={(v) => { zone.value = v; }} />
      <label class="check"><input type="checkbox" checked={keysOn.value} onChange={(event) => { keysOn.value = event.currentTarget.checked; }} />{t('app.keys')}</label>
      <p class="actions"><button type="button" class="btn" onClick={() => { open.value = ''; signOut().catch((e: Error) => toast(e.message, { bad: true })); }}>{t('app.signout')}</button></p>
    </Dialog>
  );
}

const everywhere: readonly { keys: string[]; label: Key }[] = [
  { keys: ['Ctrl', 'K'], label: 'help.palette' }, { keys: ['?'], label: 'help.help' },
  { keys: ['Esc'], label: 'help.escape' },
];
const goTo = (): { keys: string[]; label: Key }[] => shownEntries().map((e) => ({ keys: ['g', e.letter], label: e.title }));
function Help() {
  return (
    <Dialog title={t('help.title')} onClose={() => { open.value = ''; }} wide>
      {[...groups.value, { label: 'help.everywhere' as Key, shortcuts: everywhere }, { label: 'help.goto' as Key, shortcuts: goTo() }].map((group) => (
        <section key={group.label}>
          <h3>{t(group.label)}</h3>
          <dl class="keylist">{group.shortcuts.map((s) => <div key={s.label}><dt>{s.keys.map((k) => <kbd key={k}>{k}</kbd>)}</dt><dd>{t(s.label)}</dd></div>)}</dl>
        </section>))}
      <p class="hint">{t('help.off')}</p>
    </Dialog>
  );
}

/** Ctrl+K and ? everywhere; g and a letter, within two seconds, goes to a page. */
function useGlobalKeys(): void {
  const waiting = useRef(0);
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        open.value = 'palette';
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || typing(event) || !keysOn.value || document.querySelector('dialog[open]')) return;
      if (Date.now() - waiting.current < 2000) {
        waiting.current = 0;
        const entry = shownEntries().find((e) => e.letter === event.key);
        if (entry) {
          event.preventDefault();
          event.stopPropagation();
          go(entry.to);
        }
      } else if (event.key === 'g') {
        waiting.current = Date.now();
      } else if (event.key === '?') {
        event.preventDefault();
        open.value = 'help';
      }
    };
    addEventListener('keydown', press, true);
    return () => removeEventListener('keydown', press, true);
  }, []);
}

const initials = (name: string): string => name.split(/\s+/).filter(Boolean).map((w) => w[0]!.toUpperCase()).filter((_, i, all) => i === 0 || i === all.length - 1).join('');

function Top() {
  const who = session.value!;
  return (
    <header class="top">
      <a class="home" href={shownEntries()[0]?.to ?? '/'}><Wordmark /></a>
      <span class="svc">{visible(who.service ?? t('app.service'))}</span>
      {who.exercise ? <span class="exercise"><i aria-hidden="true" />{t('app.exercise', { name: who.exercise })}</span> : null}
      <button class="find" type="button" aria-keyshortcuts="Control+K" onClick={() => { open.value = 'palette'; }}><Icon of={Search} size={15} /><span>{t('app.find')}</span><kbd>Ctrl</kbd><kbd>K</kbd></button>
      <Marking />
      <button class="tb" type="button" aria-label={t('app.help')} onClick={() => { open.value = 'help'; }}><Icon of={CircleQuestionMark} size={17} /></button>
      <button class="who" type="button" onClick={() => { open.value = 'settings'; }}>
        <b aria-hidden="true">{initials(who.name)}</b><span>{who.name}<small title={who.organisation}>{visible(orgName(who.organisation))}</small></span><span class="vh">, {t('app.account')}</span><Icon of={Settings2} size={15} />
      </button>
    </header>
  );
}

/** How many alerts nobody has looked at: the count beside Alerts, kept by the live stream. */
function useAlertBadge(): void {
  const on = shownEntries().some((e) => e.to === '/alerts') && may('findings.read');
  const waiting = useResource<Page<unknown>>(on ? '/alerts' : null, { q: 'severity:critical AND status:new', limit: 1 });
  const asked = useRef(0);
  useLive(on ? '/alerts/live' : null, () => {
    if (asked.current) return;
    asked.current = window.setTimeout(() => { asked.current = 0; waiting.reload(); }, 3000);
  });
  useEffect(() => () => clearTimeout(asked.current), []);
  const total = waiting.data?.total ?? 0;
  useEffect(() => setBadge('/alerts', total), [total]);
}

function Rail() {
  useAlertBadge();
  const on = (to: string): boolean => (to === '/' ? path.value === '/' : path.value === to || path.value.startsWith(`${to}/`));
  const rail = useRef<HTMLElement>(null);
  // On a narrow screen the rail is a strip: the entry of this page is to be seen in it.
  useEffect(() => {
    const strip = rail.current;
    const here = strip?.querySelector<HTMLElement>('[aria-current]');
    if (strip && here) strip.scrollLeft = here.offsetLeft - (strip.clientWidth - here.offsetWidth) / 2;
  }, [path.value, language.value]);
  return (
    <nav class="rail" ref={rail} aria-label={t('app.console')}>
      <ul>{shownEntries().map((e) => (
        <li key={e.to} class={e.gap ? 'gap' : undefined}>
          <a href={e.to} aria-current={on(e.to) ? 'page' : undefined}>
            <span class="railic"><Icon of={e.icon} size={19} />{badges.value[e.to] ? <em aria-hidden="true">{badges.value[e.to]! > 999 ? '999+' : badges.value[e.to]}</em> : null}</span>{t(e.label)}
            {badges.value[e.to] ? <span class="vh">, {t('nav.waiting', { n: badges.value[e.to] })}</span> : null}
          </a>
        </li>))}</ul>
    </nav>
  );
}

export function Shell({ children }: { children: ComponentChildren }) {
  useGlobalKeys();
  return (
    <div class="shell">
      <a class="skip" href="#main">{t('app.skip')}</a>
      <Top />
      <Rail />
      <main id="main" tabIndex={-1}>
        {online.value ? null : <p class="offline" role="alert">{t('app.offline', { time: second(lastAnswer.value) })}</p>}
        {children}
      </main>
      <Toasts />
      {open.value === 'palette' ? <Palette onClose={() => { open.value = ''; }} entries={shownEntries()} /> : null}
      {open.value === 'help' ? <Help /> : null}
      {open.value === 'settings' ? <Settings /> : null}
    </div>
  );
}
