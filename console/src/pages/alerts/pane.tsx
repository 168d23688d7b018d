// The detail of one alert beside the queue.
import { useEffect, useRef } from 'preact/hooks';
import { X } from 'lucide';
import { at, linkAt } from '../../core/asof';
import { visible } from '../../core/format';
import { t } from '../../core/messages';
import { useResource } from '../../core/resource';
import { may } from '../../core/session';
import { Icon } from '../../ui/icon';
import { SeverityMark } from '../../ui/marks';
import { View } from '../../ui/states';
import type { Verb } from './actions';
import { Owner, Status, asked } from './pending';
import type { Detail } from './types';
import { Findings, Story, Summary, WhyFired, WhyHere } from './view';

/** Beside the queue: the alert under the cursor. Another `turn`: it has changed. */
export function Pane({ id, turn, close, ask }: { id: string; turn: number; close: () => void; ask: (verb: Verb | 'dialog', ids: string[]) => void }) {
  const detail = useResource<Detail>(`/alerts/${id}`, { at: at.value });
  const first = useRef(turn);
  useEffect(() => { if (turn !== first.current) detail.reload(); }, [turn]);
  const writes = may('findings.write') && !at.value;
  return (
    <aside class="detail" aria-label={t('alerts.detail')}>
      <header><span class="mono id">{id}</span><a class="btn sm" href={linkAt(`/alerts/${id}`)}>{t('alerts.openpage')}</a><button class="tbx" type="button" aria-label={t('alerts.closepane')} onClick={close}><Icon of={X} size={16} /></button></header>
      <View of={detail} what={t('title.alert')} lines={8}>
        {(a) => (
          <>
            <h2><SeverityMark level={a.level} label={false} /> {visible(a.title)}</h2>
            <p class="meta"><Status of={a} /><span><Owner of={a} /></span></p>
            {writes ? (
              <div class="acts">
                {asked(a).status === 'new' ? <button class="btn pri" type="button" onClick={() => ask('acknowledge', [id])}>{t('alerts.do.acknowledge')}<kbd>a</kbd></button> : null}
                <button class="btn" type="button" onClick={() => ask('assign', [id])}>{t('alerts.do.assign')}<kbd>m</kbd></button>
                {asked(a).status === 'closed' ? <button class="btn" type="button" onClick={() => ask('reopen', [id])}>{t('alerts.do.reopen')}</button>
                  : <button class="btn" type="button" onClick={() => ask('dialog', [id])}>{t('alerts.do.close')}<kbd>c</kbd></button>}
              </div>) : null}
            <h3>{t('alerts.whyhere')}<b class="riskn">{a.risk}</b></h3><WhyHere of={a} />
            {a.findings[0] ? <><h3>{t('alerts.whyfired')}</h3><WhyFired of={a.findings[0]} /></> : null}
            <h3>{t('alerts.summary')}</h3><Summary of={a} />
            <h3>{t('alerts.newest')}</h3><Findings of={a.findings.slice(0, 5)} />
            <h3>{t('alerts.story')}</h3><Story of={a} />
          </>)}
      </View>
    </aside>
  );
}
