// Who is signed in, and what they may.
import { effect, signal } from '@preact/signals';
import { ApiError, forget, get, post, remove, setCsrf, unauthorised } from './api';
import { setClock } from './clock';

export interface Session {
  user: string; login: string; name: string; organisation: string; second_factor: boolean;
  ends: string | null; rights: string[]; csrf?: string;
  /** The server's clock; of an exercise, which has its name here: its own. */
  now: string; exercise?: string;
  /** Who runs the server, as its operator says. */
  service?: string;
}
/** undefined: not known yet; null: nobody. */
export const session = signal<Session | null | undefined>(undefined);
/** Whether one may, somewhere at least: the server decides what exactly. */
export const may = (right: string): boolean => session.value?.rights.includes(right) ?? false;

const channel = new BroadcastChannel('cordon.session');
channel.onmessage = () => { void loadSession(); };

export async function loadSession(): Promise<void> {
  try {
    const found = await get<Session>('/session');
    if (session.peek() && session.peek()?.user !== found.user) forget();
    setCsrf(found.csrf ?? '');
    setClock(found.now, found.exercise !== undefined);
    session.value = found;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) {
      forget();
      session.value = null;
    } else if (session.peek() === undefined) {
      throw error;
    }
  }
}

export async function signIn(login: string, password: string, code: string): Promise<void> {
  const answer = await post<{ csrf: string }>('/session', { login, password, ...(code ? { code } : {}) });
  forget();
  setCsrf(answer.csrf);
  await loadSession();
  channel.postMessage('changed');
}

export async function signOut(): Promise<void> {
  await remove('/session').catch((error: unknown) => {
    if (!(error instanceof ApiError && error.status === 401)) throw error;
  });
  setCsrf('');
  forget();
  session.value = null;
  channel.postMessage('changed');
}

effect(() => {
  if (unauthorised.value > 0 && session.peek()) void loadSession();
});

// An exercise's clock runs as its players say: it is asked for again and again.
setInterval(() => {
  if (session.peek()?.exercise && document.visibilityState === 'visible') {
    get<Session>('/session').then((found) => setClock(found.now, true), () => undefined);
  }
}, 10000);
