// Lucide's icons are data: drawn through the virtual DOM, without innerHTML and without a
// file of their own. Import the one you need: `import { Bell } from 'lucide'`.
import type { IconNode } from 'lucide';

export function Icon({ of, size = 18 }: { of: IconNode; size?: number }) {
  return (
    <svg class="ic" width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.9"
      stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">
      {of.map(([tag, attributes]) => {
        const Tag = tag as 'path';
        return <Tag {...(attributes as object)} />;
      })}
    </svg>
  );
}
