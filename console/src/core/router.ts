// Where the person is. The address is the state: what a colleague needs to see the same
// screen is in it, in readable form.
import { signal } from '@preact/signals';

export const path = signal(location.pathname);
export const query = signal(new URLSearchParams(location.search));
/** Of the route that is shown: `/alerts/:id` gives `id`. */
export const variables = signal<Readonly<Record<string, string>>>({});

function take(): void {
  path.value = location.pathname;
  query.value = new URLSearchParams(location.search);
}
addEventListener('popstate', take);

export function go(to: string, replace = false): void {
  history[replace ? 'replaceState' : 'pushState'](null, '', to);
  take();
}

/** Changes parameters of the address; null or '' takes one away. In place, unless `push`. */
export function setQuery(changes: Readonly<Record<string, string | null | undefined>>, push = false): void {
  const now = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === '') {
      now.delete(name);
    } else {
      now.set(name, value);
    }
  }
  // Readable: what a query may hold as it is stays as it is (RFC 3986 section 3.4).
  const text = now.toString().replace(/%3A/g, ':').replace(/%2C/g, ',').replace(/%2F/g, '/').replace(/%40/g, '@');
  go(location.pathname + (text ? `?${text}` : ''), !push);
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
