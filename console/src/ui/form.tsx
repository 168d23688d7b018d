// Forms: labels above, hints below them, faults beside their field and in a summary on top.
import type { ComponentChildren, TargetedEvent } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { ApiError, OfflineError } from '../core/api';
import { duration } from '../core/format';
import { t } from '../core/messages';
import { langOf, said } from '../core/said';

export interface Faults { [field: string]: string }

/** What the server said of a form, by field where it named one; '' holds the rest. */
export function faultsOf(error: unknown): Faults {
  if (error instanceof OfflineError) return { '': t('state.offline') };
  if (!(error instanceof ApiError)) return { '': String(error) };
  const named = Object.fromEntries(error.faults.filter((f) => f.path).map((f) => [f.path, said(f.detail)]));
  if (Object.keys(named).length) return named;
  return { '': error.message + (error.status === 429 && error.retryAfter ? `. ${t('form.wait', { duration: duration(error.retryAfter) })}` : '') };
}

interface FieldProps { label: string; name: string; hint?: string | undefined; fault?: string | undefined; optional?: boolean; children?: ComponentChildren }
function Labelled({ id, label, hint, fault, optional, children }: FieldProps & { id: string }) {
  return (
    <div class={fault ? 'field bad' : 'field'}>
      <label for={id}>{label}{optional ? <span class="opt"> {t('form.optional')}</span> : null}</label>
      {hint ? <p class="hint" id={`${id}-hint`}>{hint}</p> : null}
      {fault ? <p class="fault" id={`${id}-fault`} lang={langOf(fault)}>{fault}</p> : null}
      {children}
    </div>
  );
}
const described = (id: string, hint?: string, fault?: string): string | undefined =>
  [hint ? `${id}-hint` : '', fault ? `${id}-fault` : ''].filter(Boolean).join(' ') || undefined;

interface Input extends FieldProps {
  onInput?: (event: TargetedEvent<HTMLInputElement>) => void; onChange?: (event: TargetedEvent<HTMLInputElement>) => void; autofocus?: boolean;
  type?: 'text' | 'number' | 'date' | 'datetime-local' | 'email' | 'search';
  value?: string | number; defaultValue?: string; placeholder?: string; autocomplete?: string; autocapitalize?: string; inputMode?: 'numeric' | 'text' | 'decimal';
  spellcheck?: boolean; maxLength?: number; min?: number | string; max?: number | string; step?: number | string; disabled?: boolean; list?: string;
}
/** Attributes that TypeScript cannot follow through the many kinds of <input>. */
const plain = (rest: object): object => rest;
export function Field({ label, name, hint, fault, optional = false, children, ...rest }: Input) {
  const id = useId();
  return (
    <Labelled id={id} label={label} name={name} hint={hint} fault={fault} optional={optional}>
      <input id={id} name={name} aria-invalid={fault ? true : undefined} aria-describedby={described(id, hint, fault)} required={!optional} {...plain(rest)} />{children}
    </Labelled>
  );
}
export function Password({ label, name, hint, fault, ...rest }: Input) {
  const id = useId();
  const [shown, setShown] = useState(false);
  return (
    <Labelled id={id} label={label} name={name} hint={hint} fault={fault}>
      <span class="with">
        <input id={id} name={name} aria-invalid={fault ? true : undefined} aria-describedby={described(id, hint, fault)} required {...plain({ ...rest, type: shown ? 'text' : 'password' })} />
        <button type="button" class="btn" aria-pressed={shown} onClick={() => setShown(!shown)}>{shown ? t('form.hide') : t('form.show')}<span class="vh"> {label}</span></button>
      </span>
    </Labelled>
  );
}
export function Select({ label, name, hint, fault, optional = false, options, ...rest }:
FieldProps & { options: readonly (readonly [string, string])[]; /** Without it the first one is chosen. */
  value?: string; onChange?: (event: TargetedEvent<HTMLSelectElement>) => void }) {
  const id = useId();
  return (
    <Labelled id={id} label={label} name={name} hint={hint} fault={fault} optional={optional}>
      <select id={id} name={name} aria-invalid={fault ? true : undefined} aria-describedby={described(id, hint, fault)} {...(rest as object)}>
        {options.map(([value, text]) => <option key={value} value={value}>{text}</option>)}
      </select>
    </Labelled>
  );
}
export function TextArea({ label, name, hint, fault, optional = false, ...rest }: FieldProps & { value?: string; defaultValue?: string; rows?: number; maxLength?: number; placeholder?: string; onInput?: (event: TargetedEvent<HTMLTextAreaElement>) => void }) {
  const id = useId();
  return (
    <Labelled id={id} label={label} name={name} hint={hint} fault={fault} optional={optional}>
      <textarea id={id} name={name} rows={4} aria-invalid={fault ? true : undefined} aria-describedby={described(id, hint, fault)} required={!optional} {...(rest as object)} />
    </Labelled>
  );
}

/** Every fault in one place, each a way to its field; takes the focus when it appears. */
export function Summary({ faults }: { faults: Faults }) {
  const ref = useRef<HTMLDivElement>(null);
  const list = Object.entries(faults);
  useEffect(() => { if (list.length) ref.current?.focus(); }, [faults]);
  const go = (name: string): void => {
    ref.current?.closest('form')?.querySelector<HTMLElement>(`[name="${CSS.escape(name)}"]`)?.focus();
  };
  return list.length === 0 ? null : (
    <div class="summary" role="alert" tabIndex={-1} ref={ref}>
      <b>{faults[''] && list.length === 1 ? t('form.failed') : t('form.summary', { n: list.length })}</b>
      <ul>{list.map(([name, text]) => <li key={name} lang={langOf(text)}>{name ? <button type="button" class="lnk" onClick={() => go(name)}>{text}</button> : text}</li>)}</ul>
    </div>
  );
}

/** The faults of a form and whether it is being sent: `const form = useForm(async (data) => ...)`. */
export function useForm(send: (data: Readonly<Record<string, string>>) => Promise<void>): {
  faults: Faults; busy: boolean; submit: (event: SubmitEvent) => void;
} {
  const [faults, setFaults] = useState<Faults>({});
  const [busy, setBusy] = useState(false);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const missing = [...form.elements].filter((e): e is HTMLInputElement => 'required' in e && (e as HTMLInputElement).required && !(e as HTMLInputElement).value);
    if (missing.length) {
      setFaults(Object.fromEntries(missing.map((e) => [e.name, t('form.missing', { field: e.labels?.[0]?.textContent ?? e.name })])));
      return;
    }
    const data = Object.fromEntries([...new FormData(form)].filter((e): e is [string, string] => typeof e[1] === 'string'));
    setBusy(true);
    setFaults({});
    send(data).catch((error: unknown) => setFaults(faultsOf(error))).finally(() => setBusy(false));
  };
  return { faults, busy, submit };
}
