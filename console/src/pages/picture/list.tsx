// All figures, as known at one time.
import { at } from '../../core/asof';
import { t } from '../../core/messages';
import { useResource } from '../../core/resource';
import { AsOf } from '../../ui/asof';
import { View } from '../../ui/states';
import { FigureRows, type Figure } from './figures';

export default function Figures() {
  const figures = useResource<{ items: Figure[] }>('/figures', { at: at.value });
  return (
    <>
      <AsOf />
      <div class="page">
        <header class="pagehead"><h1>{t('picture.figures.title')}</h1></header>
        <p class="lead">{t('picture.figures.lead')}</p>
        <View of={figures} what={t('title.figures')} lines={10}>{(page) => <div class="panel"><FigureRows figures={page.items} /></div>}</View>
      </div>
    </>
  );
}
