// The states that every page has: loading, empty, partial, failed, offline, forbidden.
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ApiError, OfflineError, lastAnswer } from '../core/api';
import { ago, full, second } from '../core/format';
import { liveState } from '../core/live';
import { t, tword } from '../core/messages';
import { langOf, said } from '../core/said';
import { useNow, type Resource } from '../core/resource';

/** Grey bars in the shape of what comes; only after 200 ms, so that quick answers do not flicker. */
export function Skeleton({ lines = 6 }: { lines?: number }) {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), 200);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div class={shown ? 'skeleton on' : 'skeleton'} role="status">
      <span class="vh">{shown ? t('state.loading') : ''}</span>
      {Array.from({ length: lines }, (_, i) => <i key={i} style={{ width: `${[92, 70, 84, 61, 78, 55][i % 6]}%` }} />)}
    </div>
  );
}

/** Nothing there: says what emptied it, and what to do. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return <div class="notice"><b>{title}</b>{children ? <div>{children}</div> : null}</div>;
}

export function Partial({ expected, reporting, children }: { expected: number; reporting: number; children?: ComponentChildren }) {
  return reporting >= expected ? null : (
    <p class="partial"><i class="hatch" aria-hidden="true" />{t('state.partial', { expected, reporting })}{children}</p>
  );
}

export function Forbidden({ what, error }: { what: string; error: ApiError }) {
  // "this needs the right events.read, of the roles: commander, auditor"
  const [, right, roles = ''] = /right ([\w.-]+)(?:, of the roles: (.+))?$/.exec(error.detail) ?? [];
  const text = right
    ? t('state.forbidden.text', { what, right, roles: roles.split(', ').map((r) => tword('role', r)).join(', ') })
    : t('state.forbidden.factor');
  return <div class="notice"><b>{t('state.forbidden')}</b><p>{text}</p></div>;
}

/** Whatever went wrong, in words: what failed, what still works, the request, another try. */
export function Failure({ what, error, retry }: { what: string; error: Error; retry?: (() => void) | undefined }) {
  if (error instanceof ApiError && error.status === 403) {
    return <Forbidden what={what} error={error} />;
  }
  if (error instanceof ApiError && error.status === 404) {
    return <div class="notice"><b>{t('state.notfound')}</b><p>{t('state.notfound.text')}</p></div>;
  }
  const away = error instanceof OfflineError;
  return (
    <div class="notice bad" role="alert">
      <b>{away ? t('state.offline') : t('state.failed', { what })}</b>
      {away ? null : <p><span lang={langOf(error.message)}>{error.message}.</span> {t('state.failed.rest')}</p>}
      {error instanceof ApiError && error.faults.length ? <ul class="mono">{error.faults.map((f) => <li key={f.path} lang={langOf(said(f.detail))}>{said(f.detail)}</li>)}</ul> : null}
      {error instanceof ApiError && error.request ? <p class="mono">{t('state.request', { id: error.request })}</p> : null}
      {retry ? <button type="button" class="btn sm" onClick={retry}>{t('do.retry')}</button> : null}
    </div>
  );
}

/** Data of before, and that they are so. */
export function Old({ at }: { at: number }) {
  useNow(5000);
  return <p class="old" role="status">{t('state.old', { time: second(at), ago: ago(at, Date.now()) })}</p>;
}

/**
 * What a resource gives, or the state it is in. Data that were there stay, dimmed and with
 * their age, when newer ones cannot be had.
 */
export function View<T>({ of, what, lines, children }: {
  of: Resource<T>; what: string; lines?: number; children: (data: T) => ComponentChildren;
}) {
  if (of.data === undefined) {
    return of.error ? <Failure what={what} error={of.error} retry={of.reload} /> : <Skeleton {...(lines ? { lines } : {})} />;
  }
  return (
    <>
      {of.error ? <><Failure what={what} error={of.error} retry={of.reload} /><Old at={of.at} /></> : null}
      <div class={of.error ? 'stale' : undefined} aria-busy={of.busy}>{children(of.data)}</div>
    </>
  );
}

/** Whether what is shown is live: never silently not. */
export function LiveMark({ path }: { path: string }) {
  const { state, heard } = liveState(path).value;
  if (state === 'off') return null;
  const text = { waiting: t('live.waiting'), live: t('live.on'), refused: t('live.refused'), lost: t('live.lost', { time: second(heard) }) }[state];
  return <span class={`livemark l-${state}`} role="status" title={heard ? full(heard) : undefined}><i aria-hidden="true" />{text}</span>;
}

/** A time with all of it on demand. */
export function When({ time, show }: { time: string | null | undefined; show: (time: string) => string }) {
  return time ? <time dateTime={time} title={full(time)}>{show(time)}</time> : <span class="none">–</span>;
}

export const lastHeard = (): string => second(lastAnswer.value);
