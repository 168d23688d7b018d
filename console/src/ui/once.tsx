// A secret that is shown once, to be copied.
import { useState } from 'preact/hooks';
import { Copy } from 'lucide';
import { t } from '../core/messages';
import { Dialog } from './dialog';
import { Icon } from './icon';

export function CopyButton({ text, cls = 'btn' }: { text: string; cls?: string }) {
  const [done, setDone] = useState(false);
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(() => setDone(true), () => setDone(false));
  };
  return <button type="button" class={cls} onClick={copy}><Icon of={Copy} size={14} /><span aria-live="polite">{done ? t('do.copied') : t('do.copy')}</span></button>;
}

export function ShownOnce({ title, text, secret, onClose }: { title: string; text: string; secret: string; onClose: () => void }) {
  return (
    <Dialog title={title} onClose={onClose} wide>
      <p>{text}</p>
      <p class="secret" tabIndex={0}>{secret}</p>
      <p class="actions"><CopyButton text={secret} cls="btn pri" /><button type="button" class="btn" onClick={onClose}>{t('do.close')}</button></p>
    </Dialog>
  );
}
