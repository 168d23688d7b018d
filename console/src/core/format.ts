// Numbers and times as the person reads them. Times come from the API as RFC 3339 texts.
import { at } from './asof';
import { now as clockNow } from './clock';
import { locale, t } from './messages';
import { zone } from './prefs';

export type Time = string | number | Date;
const made = new Map<string, Intl.DateTimeFormat>();

function formatter(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const all = { ...options, hourCycle: 'h23', ...(zone.value === 'UTC' ? { timeZone: 'UTC' } : {}) } as Intl.DateTimeFormatOptions;
  const name = locale() + JSON.stringify(all);
  let found = made.get(name);
  if (!found) {
    found = new Intl.DateTimeFormat(locale(), all);
    made.set(name, found);
  }
  return found;
}
const date = (time: Time): Date => (time instanceof Date ? time : new Date(time));
function format(time: Time | null | undefined, options: Intl.DateTimeFormatOptions): string {
  const at = time === null || time === undefined ? NaN : date(time).getTime();
  return Number.isNaN(at) ? '' : formatter(options).format(at);
}

/** 09:41 */
export const minute = (time: Time | null | undefined): string => format(time, { hour: '2-digit', minute: '2-digit' });
/** 09:41:40 */
export const second = (time: Time | null | undefined): string => format(time, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
/** 8 Oct: of a scale whose year stands elsewhere */
export const dayMonth = (time: Time | null | undefined): string => format(time, { day: 'numeric', month: 'short' });
/** 8 Oct 2026 */
export const day = (time: Time | null | undefined): string => format(time, { day: 'numeric', month: 'short', year: 'numeric' });
/** 8 Oct 2026, 09:41 */
export const dayMinute = (time: Time | null | undefined): string =>
  format(time, { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' });
/** 8 Oct 2026, 09:41:40 BST: where it must not be misread */
export const full = (time: Time | null | undefined): string =>
  format(time, { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'short' });
/** BST */
export function zoneName(time: Time): string {
  return formatter({ timeZoneName: 'short' }).formatToParts(date(time)).find((p) => p.type === 'timeZoneName')?.value ?? '';
}
/** 09:41:40 today, 8 Oct 09:41 before, 8 Oct 2020, 09:41 where the page shows another year. For rows; give <time> the whole one as its title. */
export function short(time: Time | null | undefined): string {
  if (!time) return '';
  const same = day(time) === day(clockNow());
  if (same) return second(time);
  return format(time, { year: 'numeric' }) === format(at.value ?? clockNow(), { year: 'numeric' }) ? format(time, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }) : dayMinute(time);
}

const numbers = new Map<string, Intl.NumberFormat>();
function numberFormat(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const name = locale() + JSON.stringify(options);
  const found = numbers.get(name) ?? new Intl.NumberFormat(locale(), options);
  numbers.set(name, found);
  return found;
}
export const number = (n: number): string => numberFormat({}).format(n);
/** 13.3k: where the whole number is near by */
export const compact = (n: number): string => (n < 10000 ? number(n) : numberFormat({ notation: 'compact', maximumFractionDigits: 1 }).format(n));
export const decimal = (n: number, digits = 1): string => numberFormat({ maximumFractionDigits: digits }).format(n);
/** Exact amounts of the API are texts; grouped without going through a float. */
export function amount(text: string): string {
  const [whole = '', fraction] = text.split('.');
  const plain = /^-?\d{1,15}$/.test(whole);
  return plain ? number(Number(whole)) + (fraction ? numberFormat({}).format(1.5).charAt(1) + fraction : '') : text;
}

/** 3 min, 2 h 5 min, 4 d */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return t('time.seconds', { n: s });
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return t('time.minutes', { n: minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return t('time.hours', { n: hours, m: minutes % 60 });
  return t('time.days', { n: Math.floor(hours / 24) });
}
/** 4 min ago */
export const ago = (time: Time, now: number = clockNow()): string =>
  t('time.ago', { duration: duration((now - date(time).getTime()) / 1000) });
export function bytes(n: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
  let at = 0;
  let value = n;
  for (; value >= 1000 && at < units.length - 1; at++) value /= 1000;
  return numberFormat({ style: 'unit', unit: units[at]!, unitDisplay: at === 0 ? 'long' : 'short', maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
}

/** Bidirectional and other invisible controls in names that others chose are made visible. */
export function visible(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g,
    (c) => `⟨${c.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}⟩`);
}
