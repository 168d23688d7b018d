// What the pages about rules show alike.
import { day, number } from '../../core/format';
import { t } from '../../core/messages';

/** A count of each day as bars, and the same as a table for whoever wants the numbers. */
export function Days({ of, label, head }: { of: readonly { day: string; count: number }[]; label: string; head: string }) {
  const most = Math.max(1, ...of.map((d) => d.count));
  const wide = 100 / Math.max(1, of.length);
  return (
    <figure class="days">
      <figcaption>{label}<span class="none">{t('rules.days.most', { n: Math.max(0, ...of.map((d) => d.count)) })}</span></figcaption>
      <svg viewBox="0 0 100 30" preserveAspectRatio="none" role="img" aria-label={label}>
        <path class="ax" d="M0 29.5h100" />
        {of.map((d, i) => (d.count ? <rect key={d.day} x={i * wide + wide * 0.12} width={wide * 0.76} y={29 - (d.count / most) * 28} height={(d.count / most) * 28} /> : null))}
      </svg>
      <p class="ends none"><span>{day(of[0]?.day)}</span><span>{day(of[of.length - 1]?.day)}</span></p>
      <details><summary>{t('rules.days.table')}</summary>
        <table class="list"><thead><tr><th scope="col">{t('rules.day')}</th><th scope="col" class="n">{head}</th></tr></thead>
          <tbody>{[...of].reverse().map((d) => <tr key={d.day}><th scope="row">{day(d.day)}</th><td class="n">{number(d.count)}</td></tr>)}</tbody></table>
      </details>
    </figure>
  );
}
