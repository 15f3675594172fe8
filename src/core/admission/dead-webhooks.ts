import type { Webhook } from '../kube-objects.ts';
import { catalogue } from '../error-catalogue.ts';
import type { Finding } from '../run/events.ts';
import { reachOf } from './reach.ts';
import type { AdmissionRequest } from './reach.ts';

/** A webhook with failurePolicy Fail that does not answer, or of which nobody can say whether it does. */
export interface SilentWebhook {
  /** `ValidatingWebhookConfiguration NAME WEBHOOK`. */
  readonly subject: string;
  readonly webhook: Webhook;
  /** `nothing answers behind Service a/b`. */
  readonly why: string;
  /** False: it is asked at a place that cannot be looked at from here. */
  readonly isDead: boolean;
}

/** A request a run makes, and how people call what it is about. */
export interface NamedRequest {
  readonly name: string;
  readonly request: Omit<AdmissionRequest, 'namespaceLabels'>;
  /** Without it nothing arrives; else only an undo, or a later change, is refused. */
  readonly isNeeded: boolean;
}

/** Labels of namespaces of the target, known when all of them are. */
export type LabelsOf = (namespace: string) => Readonly<Record<string, string>>;

/** What silent webhooks would refuse of a run. */
export interface WebhookReaches {
  add(request: NamedRequest): void;
  /** Namespaces whose labels decide. */
  namespaces(): readonly string[];
  findings(labelsOf: LabelsOf): readonly Finding[];
}

/** Collects the requests of a run that silent webhooks are asked about; keeps only those their rules are for. */
export function createWebhookReaches(target: string, silent: readonly SilentWebhook[]): WebhookReaches {
  const kept = silent.map((webhook) => ({ webhook, asked: [] as NamedRequest[] }));
  return {
    add(named) {
      for (const { webhook, asked } of kept) if (reachOf(webhook.webhook, named.request) !== 'no') asked.push(named);
    },
    namespaces: () =>
      [...new Set(kept.flatMap(({ asked }) => asked.map(({ request }) => request.namespace)))].filter(
        (name) => name !== ''
      ),
    findings: (labelsOf) => kept.map(({ webhook, asked }) => findingOf(target, webhook, { asked, labelsOf })),
  };
}

/** The silent webhook that is asked about a request, whatever its namespace's labels are where they are not given. */
export function refusedBy(silent: readonly SilentWebhook[], request: AdmissionRequest): SilentWebhook | undefined {
  return silent.find(({ webhook, isDead }) => isDead && reachOf(webhook, request) === 'yes');
}

interface Asked {
  readonly asked: readonly NamedRequest[];
  readonly labelsOf: LabelsOf;
}

function findingOf(
  target: string,
  { subject, webhook, why, isDead }: SilentWebhook,
  { asked, labelsOf }: Asked
): Finding {
  const judged = asked.map((named) => ({ ...named, reach: reachOf(webhook, withNamespace(named.request, labelsOf)) }));
  const reached = judged.filter(({ reach }) => reach !== 'no');
  const [sure, maybe] = [
    reached.filter(({ reach }) => reach === 'yes'),
    reached.filter(({ reach }) => reach === 'maybe'),
  ];
  const needed = sure.filter(({ isNeeded }) => isNeeded);
  const finding = (severity: Finding['severity'], message: string): Finding => ({
    code: isDead ? 'WEBHOOK_DEAD' : 'WEBHOOK_UNKNOWN',
    severity,
    subject: `${target}: ${subject}`,
    message: `${why}; ${message}`,
    remedy: catalogue[isDead ? 'WEBHOOK_DEAD' : 'WEBHOOK_UNKNOWN'].fix,
    side: 'target',
  });
  if (reached.length === 0) return finding('info', 'it is asked about nothing that moves');
  if (!isDead) return finding('warning', `it is asked about ${countOf(reached)}`);
  if (needed.length > 0) return finding('blocker', `the target refuses ${countOf(needed)}`);
  if (sure.length > 0) return finding('warning', `the target refuses to change or to remove ${countOf(sure)}`);
  return finding(
    'warning',
    `its matchConditions decide whether the target refuses ${countOf(maybe)}, and Landfall does not evaluate them: a server-side dry run asks the server`
  );
}

function withNamespace(request: NamedRequest['request'], labelsOf: LabelsOf): AdmissionRequest {
  if (request.group === '' && request.plural === 'namespaces') return { ...request, namespaceLabels: request.labels };
  return request.namespace === '' ? request : { ...request, namespaceLabels: labelsOf(request.namespace) };
}

const namedMax = 3;

function countOf(asked: readonly NamedRequest[]): string {
  const names = [...new Set(asked.map(({ name }) => name))];
  const more = names.length > namedMax ? ` and ${names.length - namedMax} more` : '';
  return `${names.slice(0, namedMax).join(', ')}${more}`;
}
