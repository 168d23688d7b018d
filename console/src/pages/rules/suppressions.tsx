// What is suppressed: with reason, scope and end, what came of trying it, and what it has hidden.
import { useState } from 'preact/hooks';
import { at } from '../../core/asof';
import { newKey, post } from '../../core/api';
import { dayMinute, number, short, visible } from '../../core/format';
import { t, tword } from '../../core/messages';
import { usePages, useResource, type Pages } from '../../core/resource';
import { may } from '../../core/session';
import { AsOf } from '../../ui/asof';
import { Dialog } from '../../ui/dialog';
import { Summary, TextArea, useForm } from '../../ui/form';
import { View, When } from '../../ui/states';
import { toast } from '../../ui/toast';
import { pathOf, type Rule, type Suppression } from './types';

export function Scope({ of }: { of: { organisation?: string; host?: string; condition?: string } }) {
  const parts = [[t('rules.scope.organisation'), of.organisation], [t('rules.scope.host'), of.host], [t('rules.scope.condition'), of.condition]].filter((p) => p[1]);
  return parts.length === 0 ? <span class="none">{t('rules.scope.all')}</span> : <ul class="scope">{parts.map(([name, value]) => <li key={name}><span class="none">{name}</span> <span class="mono">{visible(value!)}</span></li>)}</ul>;
}

function End({ of, onClose, onDone }: { of: Suppression; onClose: () => void; onDone: () => void }) {
  const [key] = useState(newKey);
  const form = useForm(async (data) => {
    await post(`/suppressions/${encodeURIComponent(of.id)}/end`, { reason: data['reason'] }, { key });
    toast(t('rules.end.done'));
    onDone();
  });
  return (
    <Dialog title={t('rules.end.title')} onClose={onClose}>
      <form onSubmit={form.submit} noValidate>
        <Summary faults={form.faults} />
        <p>{t('rules.end.text')}</p>
        <Scope of={of} />
        <TextArea label={t('rules.reason')} name="reason" rows={3} maxLength={4096} fault={form.faults['reason']} />
        <p class="actions"><button type="submit" class="btn danger" disabled={form.busy}>{t('rules.end')}</button><button type="button" class="btn" onClick={onClose}>{t('do.cancel')}</button></p>
      </form>
    </Dialog>
  );
}

function When2({ of }: { of: Suppression }) {
  if (of.state === 'ended') return <>{t('rules.ended.at')} <When time={of.ended} show={short} /></>;
  return of.expires ? <>{t('rules.until')} <When time={of.expires} show={dayMinute} /></> : <span class="none">–</span>;
}

/** Its title, once it is known: a rule that is no longer in force has none. */
function RuleName({ of }: { of: string }) {
  const rule = useResource<Rule>(pathOf(of));
  return <a class={rule.data ? undefined : 'mono'} href={pathOf(of)} title={of}>{visible(rule.data?.title ?? of)}</a>;
}

export function SuppressionTable({ list, rule }: { list: Pages<Suppression>; rule?: string }) {
  const [ending, setEnding] = useState<Suppression | null>(null);
  const write = may('findings.write');
  return (
    <>
      <View of={{ ...list, data: list.first }} what={t('rules.suppressions')} lines={4}>{() => (list.items.length === 0
        ? <p class="none pad">{t(rule ? 'rules.sup.none' : 'rules.sup.nowhere')}</p>
        : (
          <div class="tablewrap" tabIndex={0} role="region" aria-label={t(rule ? 'rules.sup.of' : 'rules.suppressions')}>
            <table class="list sups">
              <thead><tr>{rule ? null : <th scope="col">{t('title.rule')}</th>}<th scope="col">{t('rules.scope')}</th><th scope="col">{t('rules.reason')}</th><th scope="col">{t('rules.status')}</th><th scope="col">{t('rules.tried')}</th><th scope="col">{t('rules.hidden')}</th><th scope="col"><span class="vh">{t('rules.actions')}</span></th></tr></thead>
              <tbody>{list.items.map((s) => (
                <tr key={s.claim}>
                  {rule ? null : <th scope="row"><RuleName of={s.rule} /></th>}
                  <td><Scope of={s} /></td>
                  <td class="reason">{visible(s.reason)}<small class="none"><a href={`/claims/${s.claim}`}>{t('rules.claim')}</a> <When time={s.since} show={dayMinute} /></small></td>
                  <td><span class={s.state === 'in-force' ? 'tag on' : s.state === 'void' ? 'tag bad' : 'tag off'}>{tword('rules.state', s.state)}</span><small class="none"><When2 of={s} /></small>{s.why ? <small class="none">{visible(s.why)}</small> : null}</td>
                  <td>{!s.tested ? <span class="none">–</span>
                    : s.tested.hidden === undefined || s.tested.findings === undefined ? <span class="none">{t('rules.tested.elsewhere')}</span>
                    : t('rules.tested', { hidden: s.tested.hidden, findings: s.tested.findings, days: s.tested.days })}</td>
                  <td><b>{number(s.hidden)}</b>{s.last ? <small class="none">{t('rules.last')} <When time={s.last} show={short} /></small> : null}
                    {s.hits.length ? <small class="none">{s.hits.map((h) => `${visible(h.organisation)} ${number(h.count)}`).join(', ')}</small> : null}</td>
                  <td class="do">{write && !at.value && s.state === 'in-force' ? <button type="button" class="btn sm" onClick={() => setEnding(s)}>{t('rules.end')}<span class="vh"> {visible(s.reason)}</span></button> : null}</td>
                </tr>))}</tbody>
            </table>
          </div>))}</View>
      {list.more ? <p class="actions pad"><button type="button" class="btn" onClick={list.loadMore}>{t('do.more')}</button></p> : null}
      {ending ? <End of={ending} onClose={() => setEnding(null)} onDone={() => { setEnding(null); list.reload(); }} /> : null}
    </>
  );
}

export function Suppressed() {
  const list = usePages<Suppression>('/suppressions', { limit: 200, at: at.value });
  return <><AsOf hours={168} /><p class="lead">{t('rules.sup.lead')}</p><SuppressionTable list={list} /></>;
}
