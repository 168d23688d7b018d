// Values with their counts, from the server: one keeps a value, the minus leaves it out. Both
// change the text of the query, which is the whole truth.
import { ChevronDown, Minus } from 'lucide';
import { compact, visible } from '../../core/format';
import { quoted } from '../../core/query';
import { t, tword, type Key } from '../../core/messages';
import { Icon } from '../../ui/icon';
import { SeverityMark } from '../../ui/marks';
import type { Facet } from './types';

export const FIELDS = ['severity', 'status', 'org', 'region', 'rule', 'tactic', 'technique', 'criticality', 'owner', 'cluster', 'incident'];

/** The query with a condition more: a value kept, or left out. */
export function narrowed(query: string, field: string, value: string, keep: boolean): string {
  const term = value === '' ? `${keep ? 'NOT ' : ''}${field}:*` : `${keep ? '' : 'NOT '}${field}:${quoted(value)}`;
  const text = query.trim();
  if (!text) return term;
  return `${/\bOR\b/.test(text) && !/^\(.*\)$/.test(text) ? `(${text})` : text} AND ${term}`;
}

function shownAs(field: string, value: string, label: string | undefined): string {
  if (value === '') return t('alerts.novalue');
  if (label) return visible(label);
  if (field === 'severity') return tword('severity', value);
  if (field === 'status') return tword('alertstatus', value);
  if (field === 'criticality') return tword('criticality', value);
  return visible(value);
}

export function Facets({ facets, total, onPick }: { facets: Facet[]; total: number; onPick: (field: string, value: string, keep: boolean) => void }) {
  return (
    <>
      {facets.filter((f) => f.values.some((v) => v.value !== '')).map((f) => {
        const most = Math.max(1, ...f.values.map((v) => v.count));
        return (
          <details key={f.field} class="facet" open={['severity', 'status', 'org', 'tactic'].includes(f.field)}>
            <summary>{t(`alerts.field.${f.field}` as Key)}<Icon of={ChevronDown} size={14} /></summary>
            <ul>
              {f.values.map((v) => {
                const name = shownAs(f.field, v.value, v.label);
                return (
                  <li key={v.value}>
                    <button type="button" class="fv" onClick={() => onPick(f.field, v.value, true)}>
                      <i style={{ width: `${(v.count / most) * 100}%` }} aria-hidden="true" />
                      <span class="fl">{f.field === 'severity' ? <SeverityMark level={v.value} label={false} /> : null}<span class="el">{name}</span></span>
                      <span class="fc">{compact(v.count)}<span class="vh"> {t('alerts.oftotal', { n: total })}</span></span>
                    </button>
                    <button type="button" class="fx" aria-label={t('alerts.without', { name })} onClick={() => onPick(f.field, v.value, false)}><Icon of={Minus} size={13} /></button>
                  </li>);
              })}
              {f.other > 0 ? <li class="rest">{t('alerts.others', { n: f.other, values: f.distinct - f.values.length })}</li> : null}
            </ul>
          </details>);
      })}
    </>
  );
}
