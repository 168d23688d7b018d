// Rules and coverage: what the rules in force look for, which of it could be seen, and what was;
// the rules themselves, those that were refused, and what is suppressed.
import type { ComponentType } from 'preact';
import { t, type Key } from '../../core/messages';
import { query } from '../../core/router';
import { may } from '../../core/session';
import { Matrix } from './coverage';
import { Refused, Rules } from './list';
import { Suppressed } from './suppressions';

const parts: readonly { part: string; label: Key; right: string; page: ComponentType }[] = [
  { part: '', label: 'rules.coverage', right: 'rules.read', page: Matrix },
  { part: 'list', label: 'rules.list', right: 'rules.read', page: Rules },
  { part: 'refused', label: 'rules.refused', right: 'rules.read', page: Refused },
  { part: 'suppressions', label: 'rules.suppressions', right: 'findings.read', page: Suppressed },
];

export default function RulesPage() {
  const part = query.value.get('tab') ?? '';
  const shown = parts.find((p) => p.part === part) ?? parts[0]!;
  return (
    <div class="page rules">
      <header class="pagehead"><h1>{t('title.rules')}</h1></header>
      <nav class="tabs" aria-label={t('rules.parts')}>
        {parts.filter((p) => may(p.right)).map((p) => <a key={p.part} href={p.part ? `/rules?tab=${p.part}` : '/rules'} aria-current={p === shown ? 'page' : undefined}>{t(p.label)}</a>)}
      </nav>
      <shown.page />
    </div>
  );
}
