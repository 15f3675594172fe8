import { z } from 'zod';
import type { JsonSchema } from '../../src/config/json-schema.ts';
import { WorkerPolicy } from '../../worker/policy/schema.ts';
import { rows } from './configuration.ts';

/** The keys of a policy of a worker, from the schema that reads them. */
export function workerPolicyPage(): string[] {
  const schema = z.toJSONSchema(WorkerPolicy, { io: 'input' }) as unknown as JsonSchema;
  const spec = schema.properties?.['spec'] ?? {};
  const stores = spec.properties?.['locations']?.items?.anyOf ?? [];
  const header = ['| key | value | default | meaning |', '|--|--|--|--|'];
  return [
    'What `landfall worker --policy FILE` reads: one YAML document of kind `WorkerPolicy`. What no rule covers is refused',
    'with [POLICY_REFUSED](errors.md#policy_refused). The guide is [worker-policy](../guides/worker-policy.md).',
    '',
    ...header,
    ...rows(spec, 'spec'),
    '',
    '## spec.locations',
    '',
    'Each rule is one of these:',
    '',
    ...stores.flatMap((store) => [...header, ...rows(store, 'spec.locations[]'), '']),
  ];
}
