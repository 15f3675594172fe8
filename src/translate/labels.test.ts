import { describe, expect, it } from 'vitest';
import { removeLabels } from './labels.ts';

const isMark = (key: string): boolean => key.startsWith('mark');

function without(group: string, kind: string, spec: object): unknown {
  const root = { spec: structuredClone(spec) };
  const templates = kind === 'Deployment' ? [['spec', 'template']] : [];
  removeLabels(root, { ref: { group, kind }, templates }, isMark);
  return root.spec;
}

const expression = (key: string) => ({ key, operator: 'Exists' });

/** An empty selector means every pod, or none: both are another meaning than that of the source. */
describe('removeLabels', () => {
  it.each<[string, string, string, object, object]>([
    ['a Service', '', 'Service', { selector: { mark: '1', app: 'web' } }, { selector: { app: 'web' } }],
    ['a Service by a mark alone', '', 'Service', { selector: { mark: '1' } }, { selector: { mark: '1' } }],
    [
      'a budget',
      'policy',
      'PodDisruptionBudget',
      { selector: { matchLabels: { mark: '1', app: 'web' } } },
      { selector: { matchLabels: { app: 'web' } } },
    ],
    [
      'a budget by marks alone',
      'policy',
      'PodDisruptionBudget',
      { selector: { matchLabels: { mark: '1' }, matchExpressions: [expression('mark2')] } },
      { selector: { matchLabels: { mark: '1' }, matchExpressions: [expression('mark2')] } },
    ],
    [
      'a policy by marks alone, also of its peers',
      'networking.k8s.io',
      'NetworkPolicy',
      {
        podSelector: { matchLabels: { mark: '1' } },
        ingress: [{ from: [{ podSelector: { matchExpressions: [expression('mark')] } }] }],
      },
      {
        podSelector: { matchLabels: { mark: '1' } },
        ingress: [{ from: [{ podSelector: { matchExpressions: [expression('mark')] } }] }],
      },
    ],
    [
      'a workload, with its pods',
      'apps',
      'Deployment',
      {
        selector: { matchLabels: { mark: '1', app: 'web' } },
        template: { metadata: { labels: { mark: '1', app: 'web' } } },
      },
      { selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } } } },
    ],
    [
      'a workload by a mark alone, whose pods keep it and lose another',
      'apps',
      'Deployment',
      { selector: { matchLabels: { mark: '1' } }, template: { metadata: { labels: { mark: '1', mark2: '2' } } } },
      { selector: { matchLabels: { mark: '1' } }, template: { metadata: { labels: { mark: '1' } } } },
    ],
    [
      'a spread by a mark alone',
      'apps',
      'Deployment',
      {
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { topologySpreadConstraints: [{ labelSelector: { matchLabels: { mark: '1' } } }] },
        },
      },
      {
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { topologySpreadConstraints: [{ labelSelector: { matchLabels: { mark: '1' } } }] },
        },
      },
    ],
  ])('%s', (_what, group, kind, spec, expected) => {
    expect(without(group, kind, spec)).toEqual(expected);
  });
});
