// The API as the console asks it: /api/v1, problem documents (RFC 9457), the session's
// X-Cordon-CSRF with every change, ETags, pages by cursor.
import { signal } from '@preact/signals';

export const BASE = '/api/v1';
export type Query = Readonly<Record<string, string | number | boolean | null | undefined>>;
export interface Fault { path: string; detail: string }

/** Puts what the server says into the person's language: core/said, given by main.tsx. */
let inWords = (text: string): string => text;
export function setWords(words: (text: string) => string): void {
  inWords = words;
}

/** The server answered, and not with what was asked for. */
export class ApiError extends Error {
  constructor(readonly status: number, readonly title: string, readonly detail: string, readonly faults: readonly Fault[],
    readonly request: string, readonly retryAfter: number) {
    super(inWords(detail || title)); // `detail` and `faults` stay as they came: some are read by the console
  }
}
/** No answer: the server or the network is gone. */
export class OfflineError extends Error {}

/** For changes: from GET or POST /session. */
let csrf = '';
export function setCsrf(value: string): void {
  csrf = value;
}

/** When the server last answered anything; and whether it does. */
export const lastAnswer = signal(0);
export const online = signal(true);
/** How all that is shown is marked (TLP or a protective marking); '': it is not. */
export const marking = signal('');
/** Set by an answer 401: the session is over. */
export const unauthorised = signal(0);

export function address(path: string, query: Query = {}): string {
  const parts = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') {
      parts.set(name, String(value));
    }
  }
  const text = parts.toString();
  return BASE + path + (text ? `?${text}` : '');
}

const KEPT_MAX = 60;
const kept = new Map<string, { tag: string; body: unknown }>();
export function forget(): void {
  kept.clear();
}

interface Asked { method: string; url: string; body?: unknown; signal?: AbortSignal | undefined; key?: string | undefined; ifMatch?: string | undefined }

async function problem(response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => '');
  let told: { title?: string; detail?: string; errors?: Fault[] } = {};
  try {
    told = JSON.parse(text) as typeof told;
  } catch { /* a proxy's page: its status says enough */ }
  return new ApiError(response.status, told.title ?? response.statusText, told.detail ?? '', told.errors ?? [],
    response.headers.get('X-Request-Id') ?? '', Number(response.headers.get('Retry-After') ?? 0));
}

async function ask(asked: Asked): Promise<Response> {
  const headers = new Headers({ Accept: 'application/json' });
  if (asked.body !== undefined) headers.set('Content-Type', 'application/json');
  if (asked.method !== 'GET') headers.set('X-Cordon-CSRF', csrf);
  if (asked.key) headers.set('Idempotency-Key', asked.key);
  if (asked.ifMatch) headers.set('If-Match', asked.ifMatch);
  const tag = asked.method === 'GET' ? kept.get(asked.url)?.tag : undefined;
  if (tag) headers.set('If-None-Match', tag);
  const init: RequestInit = { method: asked.method, headers, signal: asked.signal ?? null, cache: 'no-store', redirect: 'error' };
  if (asked.body !== undefined) init.body = JSON.stringify(asked.body);
  let response: Response;
  try {
    response = await fetch(asked.url, init);
  } catch (error) {
    if (asked.signal?.aborted) throw error;
    online.value = false;
    throw new OfflineError('no answer');
  }
  online.value = true;
  lastAnswer.value = Date.now();
  // A proxy's own answer says nothing of it.
  const marked = response.headers.get('Cordon-Marking');
  if (marked !== null || response.headers.has('X-Request-Id')) marking.value = marked ?? '';
  return response;
}

async function read<T>(asked: Asked): Promise<T> {
  const response = await ask(asked);
  if (response.status === 304) {
    const found = kept.get(asked.url);
    if (found) return found.body as T;
  }
  if (!response.ok) {
    const error = await problem(response);
    if (error.status === 401 && asked.url !== address('/session')) unauthorised.value++;
    throw error;
  }
  if (response.status === 204) return undefined as T;
  const body = (await response.json()) as T;
  const tag = response.headers.get('ETag');
  if (asked.method === 'GET' && tag) {
    kept.delete(asked.url);
    kept.set(asked.url, { tag, body });
    if (kept.size > KEPT_MAX) kept.delete(kept.keys().next().value!);
  }
  return body;
}

export interface Options { signal?: AbortSignal | undefined; key?: string | undefined; ifMatch?: string | undefined }
export const get = <T>(path: string, query: Query = {}, options: Options = {}): Promise<T> =>
  read<T>({ method: 'GET', url: address(path, query), ...options });
export const post = <T>(path: string, body?: unknown, options: Options = {}): Promise<T> =>
  read<T>({ method: 'POST', url: address(path), ...(body === undefined ? {} : { body }), ...options });
export const put = <T>(path: string, body: unknown, options: Options = {}): Promise<T> =>
  read<T>({ method: 'PUT', url: address(path), body, ...options });
export const remove = (path: string, options: Options = {}): Promise<void> =>
  read<void>({ method: 'DELETE', url: address(path), ...options });

/** What a change answers as a file, with the name that the server gives it. */
export async function postFile(path: string, body: unknown): Promise<{ blob: Blob; name: string }> {
  const response = await ask({ method: 'POST', url: address(path), body });
  if (!response.ok) {
    const error = await problem(response);
    if (error.status === 401) unauthorised.value++;
    throw error;
  }
  return { blob: await response.blob(), name: /filename="([^"]+)"/.exec(response.headers.get('Content-Disposition') ?? '')?.[1] ?? '' };
}

/** A key for writes that may be sent twice (Idempotency-Key). */
export const newKey = (): string => crypto.randomUUID();

export interface Page<T> { items: T[]; next?: string | null; total?: number; as_of?: string }
