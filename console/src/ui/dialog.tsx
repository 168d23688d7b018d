// A modal dialog: the browser keeps focus in it, Escape closes it, focus goes back.
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { X } from 'lucide';
import { t } from '../core/messages';
import { Icon } from './icon';

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
