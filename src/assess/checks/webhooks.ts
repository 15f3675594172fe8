import { parseInstant } from '../../core/run/instant.ts';
import { listOf } from '../facts.ts';
import type { AssessFacts, Check } from '../facts.ts';
import type { RawFinding } from '../../core/findings/finding.ts';
import type { Webhook, WebhookConfiguration } from '../../core/kube-objects.ts';

const day = 86_400_000;

/** Webhooks of the target; those that do not answer are found by the preflight and the plan (src/core/admission). */
export const webhookChecks: readonly Check[] = [
  {
    id: 'admission/webhook-certificates',
    group: 'admission',
    describe: 'CA certificates of webhooks on the target',
    codes: ['WEBHOOK_CERTIFICATE'],
    needs: ['target/validatingwebhookconfigurations', 'target/mutatingwebhookconfigurations'],
    run: certificates,
  },
];

/** Every webhook of the target with the name people know it by. */
export function webhooksOf(facts: AssessFacts): readonly { readonly subject: string; readonly webhook: Webhook }[] {
  const kinds = [
    ['ValidatingWebhookConfiguration', 'validatingwebhookconfigurations'],
    ['MutatingWebhookConfiguration', 'mutatingwebhookconfigurations'],
  ] as const;
  return kinds.flatMap(([kind, list]) =>
    listOf<WebhookConfiguration>(facts.target, list).flatMap(({ metadata, webhooks = [] }) =>
      webhooks.map((webhook) => ({ subject: `${kind} ${metadata.name} ${webhook.name}`, webhook }))
    )
  );
}

function certificates(facts: AssessFacts): RawFinding[] {
  const now = parseInstant(facts.now) ?? 0;
  return facts.bundles.flatMap(({ webhook, notAfter }): RawFinding[] => {
    const remainingMs = (parseInstant(notAfter) ?? Infinity) - now;
    if (remainingMs > day) return [];
    const message = remainingMs <= 0 ? `it expired on ${notAfter}` : `it expires on ${notAfter}`;
    const evidence = `caBundle on ${facts.target.name}`;
    return [{ code: 'WEBHOOK_CERTIFICATE', subject: webhook, namespace: '', side: 'target', message, evidence }];
  });
}
