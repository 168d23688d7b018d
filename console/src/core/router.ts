// Where the person is. The address is the state: what a colleague needs to see the same
// screen is in it, in readable form.
import { signal } from '@preact/signals';

export const path = signal(location.pathname);
export const query = signal(new URLSearchParams(location.search));
/** Of the route that is shown: `/alerts/:id` gives `id`. */
export const variables = signal<Readonly<Record<string, string>>>({});

function take(to: URL | Location): void {
  path.value = to.pathname;
  query.value = new URLSearchParams(to.search);
}

// Browsers drop what is written to the history too often (Chromium: 200 times in ten seconds), as a key
// that is held does. So what replaces is shown at once, and written at intervals.
const WRITE_MS = 200;
let written = 0;
let waiting: { to: URL; timer: ReturnType<typeof setTimeout> } | null = null;
function write(): void {
  if (!waiting) return;
  clearTimeout(waiting.timer);
  history.replaceState(null, '', waiting.to);
  waiting = null;
  written = Date.now();
}
addEventListener('popstate', () => {
  if (waiting) clearTimeout(waiting.timer);
  waiting = null;
  take(location);
});
addEventListener('pagehide', write);

export function go(to: string, replace = false): void {
  const where = new URL(to, waiting?.to ?? location.href);
  if (replace) {
    if (waiting) clearTimeout(waiting.timer);
    waiting = { to: where, timer: setTimeout(write, WRITE_MS) };
    if (Date.now() - written >= WRITE_MS) write();
  } else {
    write();
    history.pushState(null, '', where);
  }
  take(where);
}

/** Changes parameters of the address; null or '' takes one away. In place, unless `push`. */
export function setQuery(changes: Readonly<Record<string, string | null | undefined>>, push = false): void {
  const now = new URLSearchParams(query.value);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === '') {
      now.delete(name);
    } else {
      now.set(name, value);
    }
  }
  // Readable: what a query may hold as it is stays as it is (RFC 3986 section 3.4).
  const text = now.toString().replace(/%3A/g, ':').replace(/%2C/g, ',').replace(/%2F/g, '/').replace(/%40/g, '@');
  go(path.value + (text ? `?${text}` : ''), !push);
}

/** The variables of `pattern` ("/alerts/:id") in a path, or null. */
export function match(pattern: string, actual: string): Record<string, string> | null {
  const wanted = pattern.split('/').filter(Boolean);
  const given = actual.split('/').filter(Boolean);
  const found: Record<string, string> = {};
  if (wanted.length !== given.length) {
    return null;
  }
  for (const [i, part] of wanted.entries()) {
    const text = given[i]!;
    if (part.startsWith(':')) {
      try {
        found[part.slice(1)] = decodeURIComponent(text);
      } catch {
        return null;
      }
    } else if (part !== text) {
      return null;
    }
  }
  return found;
}

/** Pages write plain `<a href="/...">`; a plain click on one stays in the page. */
export function followLinks(event: MouseEvent): void {
  const anchor = (event.target as Element | null)?.closest?.('a');
  if (!anchor || event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) {
    return;
  }
  const href = anchor.getAttribute('href');
  if (!href?.startsWith('/') || href.startsWith('//') || href.startsWith('/api/') || anchor.target || anchor.hasAttribute('download')) {
    return;
  }
  event.preventDefault();
  go(href);
}
