import { z } from 'zod';
import { quantityForm } from '../../core/quantity.ts';
import { text } from '../scalars.ts';

const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const qualifiedName = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)$/;
const objectName = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

const Toleration = z.strictObject({
  key: z.string().max(317).regex(qualifiedName, 'the key of a taint').exactOptional().describe('Absent = every taint'),
  operator: z.enum(['Exists', 'Equal']).exactOptional().describe('Default: Equal'),
  value: z.string().max(63).regex(labelValue, 'the value of a taint').exactOptional(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).exactOptional().describe('Absent = every effect'),
});

const Quantities = z
  .record(text.max(253), z.string().max(32).regex(quantityForm, 'a quantity such as 500m or 2Gi'))
  .describe('Resource to quantity');

/** `volumes.movers`: what the pods that move volumes get, on both clusters. */
export const Movers = z
  .strictObject({
    tolerations: z
      .array(Toleration)
      .max(50)
      .exactOptional()
      .describe('In addition to those of the workloads that mount the claim'),
    nodeSelector: z
      .record(
        z.string().max(317).regex(qualifiedName, 'the key of a label'),
        z.string().max(63).regex(labelValue, 'the value of a label')
      )
      .exactOptional()
      .describe('Labels of the nodes that run movers'),
    priorityClassName: z
      .string()
      .max(253)
      .regex(objectName, 'the name of a PriorityClass')
      .exactOptional()
      .describe('PriorityClass; it must exist on both clusters'),
    imagePullSecrets: z
      .array(z.string().max(253).regex(objectName, 'the name of a Secret'))
      .max(20)
      .exactOptional()
      .describe('Secrets in landfallNamespace; they must exist there on both clusters before a run'),
    resources: z
      .strictObject({ requests: Quantities.exactOptional(), limits: Quantities.exactOptional() })
      .exactOptional()
      .describe('Instead of the default requests of 100m and 256Mi and the memory limit of 2Gi'),
  })
  .exactOptional()
  .describe('Settings for the pods that move volumes, on both clusters');
