// Server-sent events, one stream of each kind for all tabs of a browser: Web Locks chooses the
// tab that asks, BroadcastChannel passes on what it hears, the next takes over when it closes.
//
// EventSource would hide what we need: the server's heartbeat, by which we know that silence
// is silence and not a dead line, and the status of a refusal.
import { signal, type Signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { BASE, unauthorised } from './api';

export interface LiveEvent { name: string; id: string; data: unknown }
export interface LiveState {
  /** off: nobody listens; waiting: not heard yet; live; lost: nothing heard for 15 s; refused: by the server. */
  state: 'off' | 'waiting' | 'live' | 'lost' | 'refused';
  /** When something was heard last, ms; 0: never. */
  heard: number;
}
type Passed = { path: string; kind: 'event'; event: LiveEvent } | { path: string; kind: 'beat' | 'refused' };

const LOST_MS = 15000;
const RETRY_MS = 1000;
const RETRY_MAX_MS = 15000;
const LINE_MAX = 1 << 20;

/** Bytes of a stream as events (HTML standard, section 9.2.6). */
export class EventParser {
  #rest = '';
  #name = '';
  #data: string[] = [];
  id = '';
  constructor(readonly each: (event: LiveEvent) => void) {}
  push(text: string): void {
    const lines = (this.#rest + text).split(/\r\n|\n|\r/);
    this.#rest = lines.pop()!;
    if (this.#rest.length > LINE_MAX) throw new Error('a line of the stream is too long');
    lines.forEach((line) => this.#line(line));
  }
  #line(line: string): void {
    if (line === '') {
      this.#end();
      return;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.#name = value;
    else if (field === 'data') this.#data.push(value);
    else if (field === 'id' && !value.includes('\0')) this.id = value;
  }
  #end(): void {
    if (this.#data.length) {
      let data: unknown;
      try {
        data = JSON.parse(this.#data.join('\n'));
      } catch {
        data = undefined;
      }
      this.each({ name: this.#name || 'message', id: this.id, data });
    }
    this.#name = '';
    this.#data = [];
  }
}

class Stream {
  readonly state: Signal<LiveState> = signal<LiveState>({ state: 'off', heard: 0 });
  readonly listeners = new Set<(event: LiveEvent) => void>();
  #stop: AbortController | null = null;
  #last = '';
  constructor(readonly path: string) {}

  listen(each: (event: LiveEvent) => void): () => void {
    this.listeners.add(each);
    if (!this.#stop) this.#start();
    return () => {
      this.listeners.delete(each);
      // A page that is left for another that listens too keeps the stream.
      setTimeout(() => { if (!this.listeners.size) this.#end(); }, 1000);
    };
  }
  #start(): void {
    const stop = new AbortController();
    this.#stop = stop;
    this.state.value = { state: 'waiting', heard: 0 };
    const lead = (): Promise<void> => this.#lead(stop.signal);
    if (navigator.locks) {
      navigator.locks.request(`cordon.live ${this.path}`, { signal: stop.signal }, lead).catch(() => undefined);
    } else {
      void lead();
    }
  }
  #end(): void {
    this.#stop?.abort();
    this.#stop = null;
    this.state.value = { state: 'off', heard: 0 };
  }
  /** From this tab's own stream or from another's. */
  take(passed: Passed): void {
    if (!this.#stop) return;
    if (passed.kind === 'refused') {
      this.state.value = { ...this.state.value, state: 'refused' };
      return;
    }
    this.state.value = { state: 'live', heard: Date.now() };
    if (passed.kind === 'event') {
      this.#last = passed.event.id || this.#last;
      this.listeners.forEach((each) => each(passed.event));
    }
  }
  #pass(passed: Passed): void {
    channel.postMessage(passed);
    this.take(passed);
  }
  async #lead(stop: AbortSignal): Promise<void> {
    for (let failures = 0; !stop.aborted;) {
      const heard = this.state.value.heard;
      const again = await this.#run(stop).catch(() => true);
      if (!again) {
        this.#pass({ path: this.path, kind: 'refused' });
        return new Promise((resolve) => { stop.addEventListener('abort', () => resolve()); });
      }
      failures = this.state.value.heard > heard ? 0 : failures + 1;
      const wait = Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** failures) * (0.75 + Math.random() / 2);
      await new Promise((resolve) => { setTimeout(resolve, stop.aborted ? 0 : wait); });
    }
  }
  /** One connection, to its end. False: the server does not want us. */
  async #run(stop: AbortSignal): Promise<boolean> {
    const parser = new EventParser((event) => this.#pass({ path: this.path, kind: 'event', event }));
    parser.id = this.#last;
    // A line that is dead and does not say so is left, too.
    const connection = new AbortController();
    const quit = (): void => connection.abort();
    stop.addEventListener('abort', quit);
    let timer = setTimeout(quit, 2 * LOST_MS);
    try {
      const response = await fetch(BASE + this.path, {
        headers: { Accept: 'text/event-stream', ...(this.#last ? { 'Last-Event-ID': this.#last } : {}) },
        cache: 'no-store', signal: connection.signal,
      });
      if (!response.ok || !response.body) {
        if (response.status === 401) unauthorised.value++;
        return response.status >= 500 || response.status === 429;
      }
      // What happened between two connections may not have been heard: pages fetch anew.
      this.#pass({ path: this.path, kind: 'event', event: { name: 'resync', id: '', data: undefined } });
      const decoder = new TextDecoder();
      for (const reader = response.body.getReader(); ;) {
        const { done, value } = await reader.read();
        if (done) return true;
        clearTimeout(timer);
        timer = setTimeout(quit, 2 * LOST_MS);
        this.#pass({ path: this.path, kind: 'beat' });
        parser.push(decoder.decode(value, { stream: true }));
      }
    } finally {
      clearTimeout(timer);
      stop.removeEventListener('abort', quit);
    }
  }
}

const streams = new Map<string, Stream>();
const channel = new BroadcastChannel('cordon.live');
channel.onmessage = (event: MessageEvent<Passed>) => streams.get(event.data.path)?.take(event.data);

setInterval(() => {
  for (const { state } of streams.values()) {
    const { heard, state: word } = state.value;
    if (word === 'live' && Date.now() - heard > LOST_MS) state.value = { state: 'lost', heard };
  }
}, 1000);

function streamOf(path: string): Stream {
  let stream = streams.get(path);
  if (!stream) {
    stream = new Stream(path);
    streams.set(path, stream);
  }
  return stream;
}

/** The state of a stream ("/alerts/live"), for <LiveMark>. */
export const liveState = (path: string): Signal<LiveState> => streamOf(path).state;

/** Until the function that it gives is called. */
export const listen = (path: string, each: (event: LiveEvent) => void): (() => void) => streamOf(path).listen(each);

/** Listens while the component is there; null: not. An event "resync" says: fetch anew. */
export function useLive(path: string | null, each: (event: LiveEvent) => void): LiveState {
  const current = useRef(each);
  current.current = each;
  useEffect(() => (path === null ? undefined : listen(path, (event) => current.current(event))), [path]);
  return path === null ? { state: 'off', heard: 0 } : streamOf(path).state.value;
}
