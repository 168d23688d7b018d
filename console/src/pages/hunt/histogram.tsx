// When the events were; a stretch is chosen by dragging, or by the two fields beside it without.
import { useMemo, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { dayMinute, minute, second } from '../../core/format';
import { t } from '../../core/messages';
import { Chart, axisFont, css } from '../../ui/chart';
import type { Histogram } from './types';

export function EventsOverTime({ of, onRange }: { of: Histogram; onRange: (from: number, to: number) => void }) {
  const call = useRef(onRange);
  call.current = onRange;
  const data = useMemo(() => [of.buckets.map((b) => Date.parse(b.time) / 1000 + of.step_seconds / 2), of.buckets.map((b) => b.count)] as uPlot.AlignedData, [of]);
  const first = of.buckets[0]?.time ?? '';
  const last = of.buckets[of.buckets.length - 1]?.time ?? '';
  const span = (Date.parse(last) - Date.parse(first)) / 1000;
  const label = useRef<(x: number) => string>(() => '');
  label.current = (x) => (span > 36 * 3600 ? dayMinute(x * 1000) : span < 600 ? second(x * 1000) : minute(x * 1000));
  const most = of.buckets.reduce((a, b) => (b.count > a ? b.count : a), 0);
  return (
    <Chart height={92} data={data} label={t('hunt.histogram.label', { from: dayMinute(first), to: dayMinute(last), most })} options={() => ({
      padding: [6, 8, 0, 0], legend: { show: false }, cursor: { points: { show: false }, y: false, drag: { x: true, y: false, setScale: false } },
      select: { show: true, left: 0, top: 0, width: 0, height: 0 },
      scales: { x: { time: true }, y: { range: (_u, _low, high) => [0, Math.max(1, high * 1.1)] } },
      axes: [{ font: axisFont, stroke: css('--ink-2'), grid: { show: false }, ticks: { stroke: css('--line'), size: 4 }, size: 22, space: 120, values: (_u, v) => v.map((x) => label.current(x)) },
        { font: axisFont, stroke: css('--ink-2'), grid: { stroke: css('--line'), width: 1 }, ticks: { show: false }, size: 44, space: 26, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 1e7, 1e8, 1e9] }],
      series: [{}, { fill: css('--accent'), stroke: css('--accent'), width: 0, points: { show: false }, paths: uPlot.paths.bars!({ size: [0.86, 40] }) }],
      hooks: { setSelect: [(u) => {
        if (u.select.width < 3) return;
        call.current(u.posToVal(u.select.left, 'x') * 1000, u.posToVal(u.select.left + u.select.width, 'x') * 1000);
        u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
      }] },
    })} />
  );
}
