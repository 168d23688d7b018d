// One figure: what it is, what it is made of, and every claim behind it.
import { at } from '../../core/asof';
import { amount, full, visible } from '../../core/format';
import { t } from '../../core/messages';
import { orgName } from '../../core/names';
import { useResource } from '../../core/resource';
import { variables } from '../../core/router';
import { langOf, said } from '../../core/said';
import { AsOf } from '../../ui/asof';
import { Basis } from '../../ui/marks';
import { Org, Who } from '../../ui/org';
import { View, When } from '../../ui/states';
import { FigureValue, type Figure } from './figures';

/** Who is counted, by its code. */
const ORG_CODE = /^[A-Z0-9][A-Z0-9-]{2,}$/;

/** A part is a word of the figure's, or a region by its code. */
const partName = (name: string): string => (/^[A-Z0-9-]+$/.test(name) ? orgName(name) : said(name));

function Items({ of }: { of: Figure }) {
  const items = of.items ?? [];
  return (
    <section class="panel" aria-labelledby="h-behind">
      <header><h2 id="h-behind">{t('picture.behind')}</h2><span class="sub">{t('picture.behind.n', { n: of.claim_count })}</span></header>
      {items.length > 0 ? (
        <div class="tablewrap" tabIndex={0} role="group" aria-labelledby="h-behind"><table class="list">
          <thead><tr><th scope="col">{t('picture.what')}</th><th scope="col">{t('picture.part')}</th><th scope="col">{t('picture.count')}</th><th scope="col">{t('picture.claim')}</th></tr></thead>
          <tbody>{items.map((i) => (
            <tr key={i.what + i.claim}><td>{i.what.startsWith('org:') ? <Who of={i.what} /> : ORG_CODE.test(i.what) ? <Org code={i.what} /> : visible(i.what)}</td><td>{visible(partName(i.part))}</td><td class="n">{amount(i.amount)}</td><td><a class="mono" href={`/claims/${i.claim}`}>{i.claim}</a></td></tr>))}
          </tbody></table></div>) : (
        <ul class="claimlist">{(of.claims ?? []).map((c) => <li key={c}><a class="mono" href={`/claims/${c}`}>{c}</a></li>)}</ul>)}
      {(of.claims ?? []).length < of.claim_count ? <p class="none pad">{t('picture.behind.first', { n: (of.claims ?? []).length })}</p> : null}
    </section>
  );
}

function One({ of }: { of: Figure }) {
  return (
    <>
      <header class="pagehead"><h1 lang={langOf(of.title)}>{said(of.title)}</h1></header>
      <p class="figurehead"><FigureValue of={of} /></p>
      <p class="lead" lang={langOf(of.definition)}>{said(of.definition)}</p>
      <dl class="saying">
        <dt>{t('picture.basis')}</dt><dd><Basis basis={of.basis} /> {of.known_at ? full(of.known_at) : ''}</dd>
        {of.lowest && of.highest ? <><dt>{t('picture.range')}</dt><dd>{amount(of.lowest)} {t('picture.to')} {amount(of.highest)}</dd></> : null}
        <dt>{t('picture.complete')}</dt><dd>{t('picture.complete.of', { n: of.reporting, of: of.expected })}</dd>
        {of.note ? <><dt>{t('picture.note')}</dt><dd lang={langOf(of.note)}>{visible(said(of.note))}</dd></> : null}
        {of.parts.length ? <><dt>{t('picture.parts')}</dt><dd>{of.parts.map((p) => `${visible(partName(p.name))} ${amount(p.value)}`).join(', ')}</dd></> : null}
      </dl>
      {of.stated.length ? (
        <section class="panel" aria-labelledby="h-stated"><header><h2 id="h-stated">{t('picture.stated')}</h2></header>
          <div class="tablewrap" tabIndex={0} role="group" aria-labelledby="h-stated"><table class="list">
            <thead><tr><th scope="col">{t('picture.when')}</th><th scope="col">{t('picture.count')}</th><th scope="col">{t('picture.who')}</th><th scope="col">{t('picture.claim')}</th></tr></thead>
            <tbody>{of.stated.map((s) => (
              <tr key={s.claim}><td><When time={s.at} show={full} /></td><td>{amount(s.amount)} {said(s.unit)}</td><td><Who of={s.claimant} /></td><td><a class="mono" href={`/claims/${s.claim}`}>{s.claim}</a></td></tr>))}
            </tbody></table></div>
        </section>) : null}
      <Items of={of} />
    </>
  );
}

export default function FigurePage() {
  const figure = useResource<Figure>(`/figures/${encodeURIComponent(variables.value['id'] ?? '')}`, { at: at.value });
  return (
    <>
      <AsOf />
      <div class="page">{figure.data ? null : <h1 class="vh">{t('title.figure')}</h1>}<View of={figure} what={t('title.figure')} lines={10}>{(of) => <One of={of} />}</View></div>
    </>
  );
}
