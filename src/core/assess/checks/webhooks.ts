import { parseInstant } from '../../run/instant.ts';
import { listOf } from '../facts.ts';
import type { AssessFacts, Check } from '../facts.ts';
import type { RawFinding } from '../finding.ts';
import type { Webhook, WebhookConfiguration } from '../kube-objects.ts';
import { readyServices } from './api.ts';

const day = 86_400_000;

/** Webhooks of the target that would refuse everything, found before one of them does. */
export const webhookChecks: readonly Check[] = [
  {
    id: 'admission/webhook-services',
    group: 'admission',
    describe: 'services behind webhooks of the target that must answer',
    codes: ['WEBHOOK_DEAD'],
    needs: ['target/validatingwebhookconfigurations', 'target/mutatingwebhookconfigurations', 'target/endpointslices'],
    run: dead,
  },
  {
    id: 'admission/webhook-certificates',
    group: 'admission',
    describe: 'certificates webhooks of the target are trusted by',
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

function dead(facts: AssessFacts): RawFinding[] {
  const ready = readyServices(facts);
  const groups = new Set(facts.scope.objects.map(({ ref }) => ref.group));
  return webhooksOf(facts).flatMap(({ subject, webhook }): RawFinding[] => {
    const service = webhook.clientConfig?.service;
    if (webhook.failurePolicy === 'Ignore' || service === undefined) return [];
    if (ready.has(`${service.namespace}/${service.name}`)) return [];
    const concerned = (webhook.rules ?? []).some(({ apiGroups = [] }) =>
      apiGroups.some((group) => group === '*' || groups.has(group))
    );
    return [
      {
        code: 'WEBHOOK_DEAD',
        subject,
        namespace: '',
        side: 'target',
        severity: concerned ? 'blocker' : 'warning',
        message: `nothing answers behind Service ${service.namespace}/${service.name}`,
        evidence: `endpoint slices of ${facts.target.name}; failurePolicy is ${webhook.failurePolicy ?? 'Fail'}`,
      },
    ];
  });
}

function certificates(facts: AssessFacts): RawFinding[] {
  const now = parseInstant(facts.now) ?? 0;
  return facts.bundles.flatMap(({ webhook, notAfter }): RawFinding[] => {
    const leftMs = (parseInstant(notAfter) ?? Infinity) - now;
    if (leftMs > day) return [];
    const message = leftMs <= 0 ? `it expired on ${notAfter}` : `it expires on ${notAfter}`;
    const evidence = `caBundle on ${facts.target.name}`;
    return [{ code: 'WEBHOOK_CERTIFICATE', subject: webhook, namespace: '', side: 'target', message, evidence }];
  });
}
