import { t } from '../../core/messages';
export default function Admin() {
  return <div class="page admin"><header class="pagehead"><h1>{t('title.admin')}</h1></header></div>;
}
