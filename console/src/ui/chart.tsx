// Charts with a time axis, by uPlot. Always with a text of what they show, and the page has
// the same numbers as a table or a link to them. Import it only from pages: it is 21 KiB.
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { isDark } from '../core/prefs';

/** The value of a token of tokens.css: `css('--bar-high')`. */
export const css = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
export const axisFont = '12px "Atkinson Hyperlegible Next Variable", sans-serif';

/** The page's sheet has to have uPlot's rules: `@import` is not for sheets, so they are in base.css. */
export function Chart({ options, data, height, label }: {
  options: (width: number) => Omit<uPlot.Options, 'width' | 'height'>; data: uPlot.AlignedData; height: number; label: string;
}) {
  const ref = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const dark = isDark();
  useEffect(() => {
    const element = ref.current!;
    const width = element.clientWidth || 300;
    plot.current = new uPlot({ ...options(width), width, height }, data, element);
    const watch = new ResizeObserver(() => { if (element.clientWidth) plot.current?.setSize({ width: element.clientWidth, height }); });
    watch.observe(element);
    return () => {
      watch.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [dark, height]);
  useEffect(() => { plot.current?.setData(data); }, [data]);
  return <div class="chart" ref={ref} role="img" aria-label={label} />;
}

/** Diagonal hatch: "we do not know yet". */
export function hatch(context: CanvasRenderingContext2D, colour: string): CanvasPattern {
  const canvas = document.createElement('canvas');
  const size = 8 * devicePixelRatio;
  canvas.width = canvas.height = size;
  const g = canvas.getContext('2d')!;
  g.strokeStyle = colour;
  g.lineWidth = 1.2 * devicePixelRatio;
  g.beginPath();
  for (const [x0, y0, x1, y1] of [[-1, size + 1, size + 1, -1], [-size / 2, size / 2, size / 2, -size / 2], [size / 2, size * 1.5, size * 1.5, size / 2]] as const) {
    g.moveTo(x0, y0);
    g.lineTo(x1, y1);
  }
  g.stroke();
  return context.createPattern(canvas, 'repeat')!;
}
export type { uPlot };
