// As of when the page shows the world: `at` of the address. Empty: now, live.
import { computed } from '@preact/signals';
import { query, setQuery } from './router';

/** RFC 3339, or undefined for live: goes as `at` into every GET of a page that has it. */
export const at = computed<string | undefined>(() => {
  const text = query.value.get('at');
  return text && !Number.isNaN(Date.parse(text)) ? new Date(text).toISOString() : undefined;
});
export const setAt = (time: number | null): void =>
  setQuery({ at: time === null ? null : new Date(time).toISOString().replace('.000Z', 'Z') });
/** An address of the console with the time that is shown, so that the way goes on in the past. */
export const linkAt = (to: string): string => (at.value ? `${to}${to.includes('?') ? '&' : '?'}at=${encodeURIComponent(at.value)}` : to);
