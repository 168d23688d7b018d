// When alerts began, stacked by severity; a stretch is chosen by dragging, or by the two fields
// beside it without.
import { useMemo, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { dayMinute, minute } from '../../core/format';
import { t } from '../../core/messages';
import { Chart, axisFont, css } from '../../ui/chart';
import { LEVELS, type Histogram } from './types';

const TOKEN: Record<string, string> = { informational: '--bar-info', low: '--bar-low', medium: '--bar-medium', high: '--bar-high', critical: '--bar-critical' };

export function AlertsOverTime({ of, onRange }: { of: Histogram; onRange: (from: number, to: number) => void }) {
  const call = useRef(onRange);
  call.current = onRange;
  const data = useMemo(() => {
    const start = Date.parse(of.from) / 1000;
    const count = Math.max(1, Math.round((Date.parse(of.to) / 1000 - start) / of.bucket_seconds));
    const times = Array.from({ length: count }, (_, i) => start + (i + 0.5) * of.bucket_seconds);
    const stacked: number[][] = [];
    const sum = Array.from({ length: count }, () => 0);
    for (const level of LEVELS) {
      const line = of.series.find((s) => s.level === level)?.counts ?? [];
      for (let i = 0; i < count; i++) sum[i]! += line[i] ?? 0;
      stacked.push(sum.slice());
    }
    return [times, ...stacked.reverse()] as uPlot.AlignedData;
  }, [of]);
  const span = Date.parse(of.to) - Date.parse(of.from);
  const label = (x: number): string => (span > 36 * 3600_000 ? dayMinute(x * 1000) : minute(x * 1000));
  return (
    <Chart height={92} data={data} label={t('alerts.histogram.label', { n: of.total, from: dayMinute(of.from), to: dayMinute(of.to) })} options={() => ({
      padding: [6, 8, 0, 0], legend: { show: false }, cursor: { points: { show: false }, y: false, drag: { x: true, y: false, setScale: false } },
      select: { show: true, left: 0, top: 0, width: 0, height: 0 },
      scales: { x: { time: true }, y: { range: (_u, _low, high) => [0, Math.max(1, high * 1.1)] } },
      axes: [{ font: axisFont, stroke: css('--ink-2'), grid: { show: false }, ticks: { stroke: css('--line'), size: 4 }, size: 22, space: 110, values: (_u, v) => v.map(label) },
        { font: axisFont, stroke: css('--ink-2'), grid: { stroke: css('--line'), width: 1 }, ticks: { show: false }, size: 40, space: 26, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6] }],
      series: [{}, ...[...LEVELS].reverse().map((level) => ({
        fill: css(TOKEN[level]!), stroke: css(TOKEN[level]!), width: 0, points: { show: false }, paths: uPlot.paths.bars!({ size: [0.82, 40] }),
      }))],
      hooks: { setSelect: [(u) => {
        if (u.select.width < 3) return;
        call.current(u.posToVal(u.select.left, 'x') * 1000, u.posToVal(u.select.left + u.select.width, 'x') * 1000);
        u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
      }] },
    })} />
  );
}
