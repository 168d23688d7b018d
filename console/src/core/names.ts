// Names of organisations by their codes, as known at the time that the page shows: asked for once,
// many at a time, when a page shows a code that nothing else has named.
import { signal } from '@preact/signals';
import { get, type Page } from './api';
import { at } from './asof';
import { may } from './session';

const AT_ONCE = 200;
const KEPT_MAX = 5000;
/** By time and code; '': it has none, or is not for this person. */
const names = signal<ReadonlyMap<string, string>>(new Map());
const wanted = new Map<string, { code: string; when: string | undefined }>();
let asking = false;

async function ask(): Promise<void> {
  const { when } = [...wanted.values()][0]!;
  const some = [...wanted].filter(([, one]) => one.when === when).slice(0, AT_ONCE);
  const codes = some.map(([, one]) => one.code);
  const page = await get<Page<{ code: string; name: string }>>('/organisations', { codes: codes.join(','), at: when, limit: AT_ONCE }).catch(() => undefined);
  const next = new Map(names.peek().size > KEPT_MAX ? [] : names.peek());
  const found = new Map(page?.items.map((o) => [o.code, o.name] as const));
  for (const [key, { code }] of some) {
    next.set(key, found.get(code) ?? '');
    wanted.delete(key);
  }
  names.value = next;
}

async function askAll(): Promise<void> {
  asking = true;
  // All that one drawing of the page wants goes together.
  await new Promise((resolve) => { setTimeout(resolve, 0); });
  while (wanted.size) await ask();
  asking = false;
}

/** Its name; its code as long as there is none. Asked while a page is drawn, which is drawn again when it is known. */
export function orgName(code: string): string {
  const key = `${at.value ?? ''} ${code}`;
  const found = names.value.get(key);
  if (found === undefined && !wanted.has(key) && /^[\w.-]{1,64}$/.test(code) && may('organisations.read')) {
    wanted.set(key, { code, when: at.value });
    if (!asking) void askAll();
  }
  return found || code;
}
