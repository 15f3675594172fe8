import type { Draft } from '../draft.ts';
import type { IngressModel } from './model.ts';

/** What kept requests out stops the run, once for each thing; the rest is lost. */
export function reportUnmapped(draft: Draft, { unmapped }: Pick<IngressModel, 'unmapped'>): void {
  const opened = new Set<string>();
  for (const { key, what, opens } of unmapped) {
    const path = `/metadata/annotations/${key.replaceAll('/', '~1')}`;
    const message = `${what} (${key.slice(key.lastIndexOf('/') + 1)})`;
    if (opens !== true) draft.loss(path, message);
    else if (!opened.has(what)) {
      opened.add(what);
      draft.opens(path, message, 'say it in the application or the target’s controller before anybody is let in');
    }
  }
}
