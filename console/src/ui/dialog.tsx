// A modal dialog: the browser keeps focus in it, Escape closes it, focus goes back.
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { X } from 'lucide';
import { t } from '../core/messages';
import { Icon } from './icon';
import { toast } from './toast';

export function Dialog({ title, onClose, children, wide = false }: { title: string; onClose: () => void; children: ComponentChildren; wide?: boolean }) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    const dialog = ref.current!;
    dialog.showModal();
    (dialog.querySelector<HTMLElement>('[autofocus], .body input, .body select, .body textarea') ?? dialog).focus();
    return () => {
      dialog.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog ref={ref} class={wide ? 'dialog wide' : 'dialog'} aria-labelledby={id}
      onCancel={(event) => { event.preventDefault(); onClose(); }}
      onMouseDown={(event) => { if (event.target === ref.current) onClose(); }}>
      <header><h2 id={id}>{title}</h2><button type="button" class="tbx" aria-label={t('do.close')} onClick={onClose}><Icon of={X} size={16} /></button></header>
      <div class="body">{children}</div>
    </dialog>
  );
}

/** A question before something that cannot easily be taken back. */
export function Confirm({ title, children, action, onYes, onClose }: { title: string; children: ComponentChildren; action: string; onYes: () => Promise<void>; onClose: () => void }) {
  const [busy, setBusy] = useState(false);
  const yes = (): void => {
    setBusy(true);
    onYes().catch((error: Error) => toast(error.message, { bad: true })).finally(onClose);
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{children}</p>
      <p class="actions"><button type="button" class="btn danger" disabled={busy} onClick={yes}>{action}</button><button type="button" class="btn" autofocus onClick={onClose}>{t('do.cancel')}</button></p>
    </Dialog>
  );
}
