// A QR code as SVG, dark on white in every theme, with its quiet zone.
import { useMemo } from 'preact/hooks';
import { qr } from '../core/qr';

export function QrCode({ text, label }: { text: string; label: string }) {
  const [path, size] = useMemo(() => {
    const rows = qr(text);
    return [rows.map((row, y) => row.map((dark, x) => (dark ? `M${x + 4} ${y + 4}h1v1h-1z` : '')).join('')).join(''), rows.length + 8] as const;
  }, [text]);
  return <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges"><path d={`M0 0h${size}v${size}H0z`} fill="#fff" /><path d={path} fill="#000" /></svg>;
}
