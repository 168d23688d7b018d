// Around the pages for whoever is not signed in.
import type { ComponentChildren } from 'preact';
import { language, type Language } from '../../core/prefs';
import { Marking, Wordmark } from '../../ui/marks';

const NAMES: readonly (readonly [Language, string, string])[] = [['en', 'English', 'en'], ['fr', 'Français', 'fr']];

export function Outside({ children }: { children: ComponentChildren }) {
  return (
    <div class="outside">
      <header>
        <Wordmark />
        <Marking />
        <span class="lang">{NAMES.map(([code, name, tag]) => (
          <button key={code} type="button" lang={tag} aria-pressed={language.value === code} onClick={() => { language.value = code; }}>{name}</button>))}</span>
      </header>
      <main id="main"><div class="card">{children}</div></main>
    </div>
  );
}
