// What stands beside the rows: values with their counts, one row in full, a query that is wrong.
import { ChevronDown, Minus, X } from 'lucide';
import { ApiError } from '../../core/api';
import { compact, full, number, visible } from '../../core/format';
import { t } from '../../core/messages';
import { Icon } from '../../ui/icon';
import { Menu, type MenuItem } from '../../ui/menu';
import { CopyButton } from '../../ui/once';
import { Failure } from '../../ui/states';
import { toast } from '../../ui/toast';
import { fault } from '../../core/query';
import { isEvent, type Event, type Facet, type Row } from './types';

export interface Change { pick: (field: string, value: string | null, keep: boolean) => void; count: (field: string, on: boolean) => void }

/** Values of fields are texts, numbers, or lists of them. */
export const said = (value: unknown): string => (value === null || value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value));

export function Facets({ facets, total, change }: { facets: Facet[]; total: number; change: Change }) {
  return (
    <>
      {facets.map((f) => {
        const most = Math.max(1, ...f.values.map((v) => v.count));
        return (
          <details key={f.field} class="facet" open={f.values.some((v) => v.value !== null)}>
            <summary><span class="el">{visible(f.field)}</span><Icon of={ChevronDown} size={14} /></summary>
            <ul>
              {f.values.map((v) => {
                const name = v.value === null ? t('hunt.novalue') : v.value === '' ? t('hunt.emptyvalue') : visible(v.value);
                return (
                  <li key={`${v.value === null ? '-' : '='}${v.value}`}>
                    <button type="button" class="fv" title={name} onClick={() => change.pick(f.field, v.value, true)}>
                      <i style={{ width: `${(v.count / most) * 100}%` }} aria-hidden="true" />
                      <span class={v.value ? 'el' : 'el none'}>{name}</span>
                      <span class="fc">{compact(v.count)}<span class="vh"> {t('hunt.oftotal', { n: total })}</span></span>
                    </button>
                    <button type="button" class="fx" aria-label={t('hunt.without', { field: f.field, name })} onClick={() => change.pick(f.field, v.value, false)}><Icon of={Minus} size={13} /></button>
                  </li>);
              })}
              {f.other > 0 ? <li class="rest">{t('hunt.others', { n: f.other })}</li> : null}
              <li class="rest"><button type="button" class="lnk" onClick={() => change.count(f.field, false)}>{t('hunt.uncount')}<span class="vh"> {f.field}</span></button></li>
            </ul>
          </details>);
      })}
    </>
  );
}

/** One menu for every value: only this, not this, everywhere, alerts about it, copy. */
function Value({ field, value, change, quiet }: { field: string; value: unknown; change: Change; quiet?: boolean }) {
  const list = Array.isArray(value) && value.every((v) => typeof v !== 'object') ? value : [value];
  return (
    <>
      {list.map((one, i) => {
        const text = said(one);
        const phrase = encodeURIComponent(`"${text.replace(/"/g, '""')}"`);
        const items: MenuItem[] = [
          { label: t('hunt.only'), act: () => change.pick(field, text, true) },
          { label: t('hunt.not'), act: () => change.pick(field, text, false) },
          ...(text ? [{ label: t('hunt.everywhere'), href: `/hunt?q=${phrase}` }, { label: t('hunt.alerts'), href: `/alerts?q=${phrase}` }] : []),
          ...(field === 'org' && text ? [{ label: t('hunt.organisation'), href: `/organisations/${encodeURIComponent(text)}` }] : []),
          ...(quiet ? [] : [{ label: t('hunt.count'), act: () => change.count(field, true) }]),
          { label: t('do.copy'), act: () => { void navigator.clipboard.writeText(text).then(() => toast(t('do.copied')), () => toast(t('hunt.nocopy'), { bad: true })); } },
        ];
        return <Menu key={i} cls="val" items={items} {...(text ? {} : { label: t('hunt.emptyvalue') })}>{text ? visible(text) : <span class="none">{t('hunt.emptyvalue')}</span>}</Menu>;
      })}
    </>
  );
}

const OWN = ['org', 'source', 'host', 'user', 'class', 'format'] as const;

function EventDetail({ of, change, around }: { of: Event; change: Change; around: boolean }) {
  return (
    <>
      <h2>{of.time ? <time dateTime={of.time}>{full(of.time)}</time> : t('hunt.notime')}</h2>
      <dl class="vals">
        {of.id ? <div><dt>{t('hunt.evidence')}</dt><dd><a class="mono" href={`/hunt?q=id:${of.id}`}>{of.id}</a> <CopyButton text={of.id} cls="btn sm" /></dd></div> : null}
        {of.id && around ? <div><dt>{t('hunt.around')}</dt><dd><a href={`/hunt?around=${of.id}`}>{t('hunt.around.source')}</a>{of.host ? <a href={`/hunt?around=${of.id}&by=host`}>{t('hunt.around.host')}</a> : null}</dd></div> : null}
        {of.received ? <div><dt>{t('hunt.received')}</dt><dd>{full(of.received)}</dd></div> : null}
        {OWN.map((name) => (of[name] ? <div key={name}><dt>{name}</dt><dd><Value field={name} value={of[name]} change={change} /></dd></div> : null))}
      </dl>
      <h3>{t('hunt.fields')}</h3>
      <dl class="vals">{Object.entries(of.fields).map(([name, value]) => <div key={name}><dt class="mono">{visible(name)}</dt><dd><Value field={name} value={value} change={change} /></dd></div>)}</dl>
      {of.raw ? <><h3>{t('hunt.raw')}<CopyButton text={of.raw} cls="btn sm" /></h3><pre class="raw" tabIndex={0} role="region" aria-label={t('hunt.raw')}>{visible(of.raw)}</pre></> : null}
    </>
  );
}

export function Detail({ row, change, close, around }: { row: Row; change: Change; close: () => void; around: boolean }) {
  return (
    <aside class="detail" aria-label={t('hunt.row')}>
      <header><b>{t('hunt.row')}</b><button type="button" class="tbx" aria-label={t('do.close')} onClick={close}><Icon of={X} size={16} /></button></header>
      {isEvent(row) ? <EventDetail of={row as unknown as Event} change={change} around={around} /> : (
        <dl class="vals">{Object.entries(row).map(([name, value]) => <div key={name}><dt class="mono">{visible(name)}</dt><dd>{value === null ? <span class="none">{t('hunt.novalue')}</span> : <Value field={name} value={value} change={change} quiet />}</dd></div>)}</dl>)}
    </aside>
  );
}

/** A query that is none: what is wrong, and where. */
export function QueryFault({ error, query, retry }: { error: Error; query: string; retry: () => void }) {
  const wrong = error instanceof ApiError ? error.faults.find((f) => f.path === 'query') : undefined;
  const place = wrong ? fault(wrong.detail) : null;
  if (!wrong || !place) {
    const other = error instanceof ApiError ? error.faults.map((f) => `${f.path}: ${f.detail}`).join('; ') : '';
    return other ? <div class="notice bad" role="alert"><b>{t('hunt.refused')}</b><p>{other}</p></div> : <Failure what={t('title.hunt')} error={error} retry={retry} />;
  }
  const characters = [...query];
  const before = characters.slice(0, place.column - 1).join('');
  return (
    <div class="notice bad" role="alert">
      <b>{t('hunt.wrong', { column: number(place.column) })}</b>
      <p>{place.text}</p>
      <pre class="place">{visible(before)}<mark>{visible(characters[place.column - 1] ?? '') || ' '}</mark>{visible(characters.slice(place.column).join(''))}</pre>
    </div>
  );
}
