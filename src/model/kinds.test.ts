import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { configurationPage } from '../../scripts/reference/configuration.ts';
import { documentNamed, type ConfigDocument, type ConfigSet, type Violation } from '../config/document.ts';
import { configSchema } from '../config/json-schema.ts';
import { apiVersion, type DocumentKind } from '../config/kind.ts';
import { loadDocuments } from '../config/load.ts';
import type { ConfigProblem } from '../config/problem.ts';
import { rulesOf } from '../config/rules.ts';
import { LandfallError } from '../core/errors.ts';
import { clusterKind } from './cluster/kind.ts';
import { Cluster } from './cluster/schema.ts';
import { kinds } from './kinds.ts';
import { loadText } from './load-file.ts';
import { Metadata, Name, SecretSource } from './scalars.ts';

/** A kind nobody has built: when a cluster is drained. */
const Drain = z.strictObject({
  apiVersion: z.literal(apiVersion),
  kind: z.literal('Drain'),
  metadata: Metadata,
  spec: z.strictObject({
    cluster: Name.describe('Name of a Cluster'),
    graceSeconds: z.int().min(1).max(600).default(30).describe('How long pods have'),
    token: SecretSource.exactOptional(),
  }),
});
type Drain = z.infer<typeof Drain>;

interface DrainSpec {
  readonly name: string;
  readonly kubeconfig: string;
  readonly graceMs: number;
}

function clusterExists(document: ConfigDocument<Drain>, config: ConfigSet): Violation[] {
  const { cluster } = document.value.spec;
  if (documentNamed(config, Cluster, cluster) !== undefined) return [];
  return [{ document, path: ['spec', 'cluster'], what: 'leads nowhere', hint: 'name a Cluster of this file' }];
}

const drainKind: DocumentKind<Drain, DrainSpec, 'drains'> = {
  schema: Drain,
  plural: 'drains',
  introduction: 'When a cluster is drained.',
  rules: [{ name: 'drains-name-clusters', check: clusterExists }],
  open: () => ({
    violations: [],
    resolve({ value: { metadata, spec } }, resolved) {
      const cluster = resolved.of(clusterKind).find(({ name }) => name === spec.cluster);
      return cluster && { name: metadata.name, kubeconfig: cluster.kubeconfig.path, graceMs: spec.graceSeconds * 1000 };
    },
  }),
};

/** The one line. */
const registered = [...kinds, drainKind] as const;

const cluster = `apiVersion: ${apiVersion}
kind: Cluster
metadata: { name: east }
spec: { kubeconfig: { path: /etc/east } }
`;
const drain = (spec: string): string => `apiVersion: ${apiVersion}
kind: Drain
metadata: { name: night }
spec: ${spec}
`;

async function problemsOf(text: string): Promise<readonly string[]> {
  const error: unknown = await loadDocuments(text, 'f.yaml', registered).catch((caught: unknown) => caught);
  if (!(error instanceof LandfallError)) throw new Error('the file is valid', { cause: error });
  return (error.problems as readonly ConfigProblem[]).map(({ line, column, what }) => `${line}:${column} ${what}`);
}

describe('a kind of document that is registered in one line', () => {
  it('loads, with defaults, and refers to other kinds', async () => {
    const loaded = await loadDocuments(`${drain('{ cluster: east }')}---\n${cluster}`, 'f.yaml', registered);
    expect(loaded.drains).toEqual([{ name: 'night', kubeconfig: '/etc/east', graceMs: 30_000 }]);
    expect(loaded.clusters.map(({ name }) => name)).toEqual(['east']);
  });

  it('has all its problems reported at once, with those of the other documents', async () => {
    const broken = `${drain('{ cluster: west, graceSecond: 5, token: hunter2 }')}---\n${cluster.replace('path', 'pth')}`;
    expect(await problemsOf(broken)).toEqual([
      '4:18 Drain/night spec.cluster "west" leads nowhere',
      '4:24 Drain/night spec.graceSecond is not a known key',
      '4:47 Drain/night spec.token must be a reference to a secret, not a value',
      '9:23 Cluster/east spec.kubeconfig.pth is not a known key',
    ]);
  });

  it('has unique names, and is offered where a kind is misspelt', async () => {
    const twice = `${cluster}---\n${drain('{ cluster: east }')}---\n${drain('{ cluster: east }')}`;
    expect(await problemsOf(twice)).toEqual([
      '13:19 Drain/night metadata.name "night" is already used: there are two documents Drain/night',
    ]);
    const error: unknown = await loadDocuments('kind: Drian', 'f.yaml', registered).catch((caught: unknown) => caught);
    expect((error as LandfallError).problems?.[0]?.fix).toContain('did you mean Drain?');
  });

  it('is in the reference and in the schema for editors', () => {
    const page = configurationPage(registered);
    expect(page).toContain('## Drain');
    expect(page).toContain('When a cluster is drained.');
    expect(page).toContain('| `spec.graceSeconds` | number | `30` | How long pods have |');
    expect(configSchema(registered).oneOf?.map(({ properties }) => properties?.['kind']?.const)).toEqual([
      ...['Cluster', 'Location', 'Migration', 'MigrationWave', 'Backup', 'Restore', 'ProtectionPolicy', 'Drain'],
    ]);
  });
});

describe('the registry', () => {
  it('has no kind, and no plural, twice', () => {
    expect(new Set(kinds.map(({ plural }) => plural)).size).toBe(kinds.length);
    expect(new Set(kinds.map(({ schema }) => schema.shape.kind.value)).size).toBe(kinds.length);
  });
});

describe('rules', () => {
  it('have names of their own', () => {
    // Kinds share rules, and none has one twice.
    for (const kind of kinds) {
      const names = rulesOf([kind]).map((rule) => rule.name);
      expect(new Set(names).size).toBe(names.length);
    }
  });
});

describe('loadText', () => {
  it('throws nothing but LandfallErrors, whatever the text', async () => {
    const words = fc.constantFrom(
      'kind: ',
      'Cluster',
      'Migration',
      'spec:',
      '\n',
      '  ',
      '- ',
      '{',
      '}',
      '[',
      '"',
      '&a ',
      '*a',
      '---\n',
      'x',
      ': ',
      '!t ',
      '<<',
      '\t',
      '%Y'
    );
    await fc.assert(
      fc.asyncProperty(fc.array(words, { maxLength: 40 }), async (parts) => {
        const error: unknown = await loadText(parts.join(''), 'f.yaml').catch((caught: unknown) => caught);
        expect(error).toBeInstanceOf(LandfallError);
      }),
      { numRuns: 300 }
    );
  });
});
