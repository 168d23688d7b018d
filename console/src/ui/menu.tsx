// A button with a menu (WAI-ARIA menu button): arrows move, Escape closes, a letter finds.
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';

export interface MenuItem { label: ComponentChildren; act?: () => void; href?: string; checked?: boolean }

function focusOne(list: HTMLElement, event: KeyboardEvent): boolean {
  const items = [...list.querySelectorAll<HTMLElement>('[role^=menuitem]')];
  const now = items.indexOf(document.activeElement as HTMLElement);
  const to = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: items.length - 1 }[event.key];
  if (to !== undefined) {
    items[(to + items.length) % items.length]?.focus();
  } else if (event.key.length === 1 && event.key !== ' ') {
    const letter = event.key.toLowerCase();
    const order = [...items.slice(now + 1), ...items.slice(0, now + 1)];
    order.find((i) => i.textContent?.trim().toLowerCase().startsWith(letter))?.focus();
  } else {
    return false;
  }
  return true;
}

export function Menu({ label, items, children, cls = 'btn', align = 'start', busy = false }: {
  /** For screen readers when the button shows no text. */
  label?: string; items: readonly MenuItem[]; children: ComponentChildren; cls?: string; align?: 'start' | 'end'; busy?: boolean;
}) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const close = (back: boolean): void => {
    setOpen(false);
    if (back) button.current?.focus();
  };
  // In the top layer, beside its button, so that no box that scrolls cuts it off.
  useLayoutEffect(() => {
    const menu = list.current;
    if (!open || !menu || !button.current) return;
    menu.showPopover();
    const at = button.current.getBoundingClientRect();
    const { width, height } = menu.getBoundingClientRect();
    const left = align === 'end' ? at.right - width : at.left;
    menu.style.left = `${Math.max(4, Math.min(left, innerWidth - width - 4))}px`;
    menu.style.top = `${at.bottom + height + 8 > innerHeight && at.top > height + 8 ? at.top - height - 4 : at.bottom + 4}px`;
  }, [open]);
  useEffect(() => {
    if (!open) return;
    list.current?.querySelector<HTMLElement>('[role^=menuitem]')?.focus({ preventScroll: true });
    const scrolled = (event: Event): void => { if (event.target !== list.current) setOpen(false); };
    const away = (event: Event): void => {
      if (!list.current?.contains(event.target as Node) && !button.current?.contains(event.target as Node)) setOpen(false);
    };
    addEventListener('pointerdown', away);
    addEventListener('scroll', scrolled, true);
    return () => {
      removeEventListener('pointerdown', away);
      removeEventListener('scroll', scrolled, true);
    };
  }, [open]);
  const press = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' || event.key === 'Tab') {
      close(event.key === 'Escape');
      if (event.key === 'Tab') return;
    } else if (!list.current || !focusOne(list.current, event)) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const act = (item: MenuItem): void => {
    close(true);
    item.act?.();
  };
  return (
    <span class="menu">
      <button ref={button} type="button" class={cls} aria-haspopup="menu" aria-expanded={open} aria-controls={open ? id : undefined} aria-label={label}
        disabled={busy} onClick={() => setOpen(!open)}
        onKeyDown={(event) => { if (event.key === 'ArrowDown' && !open) { event.preventDefault(); setOpen(true); } }}>{children}</button>
      {open ? (
        <div ref={list} id={id} role="menu" class="menulist" popover="manual" onKeyDown={press}>
          {items.map((item, i) => item.href
            ? <a key={i} role="menuitem" tabIndex={-1} href={item.href} onClick={() => close(false)}>{item.label}</a>
            : <button key={i} type="button" tabIndex={-1} role={item.checked === undefined ? 'menuitem' : 'menuitemradio'} aria-checked={item.checked} onClick={() => act(item)}>{item.label}</button>)}
        </div>) : null}
    </span>
  );
}
