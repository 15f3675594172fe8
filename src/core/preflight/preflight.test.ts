import { describe, expect, it } from 'vitest';
import { exitCodeOfError } from '../run/exit-code.ts';
import type { ErrorCode } from '../errors.ts';
import type { MigrationSpec } from '../spec/spec.ts';
import { assessIdentities, assessPermissions } from './preflight.ts';
import type { PermissionCheck } from './preflight.ts';

const spec = {
  source: { name: 'old' },
  target: { name: 'new' },
  scope: { namespaces: ['shop'] },
  namespaceMapping: {},
} as unknown as MigrationSpec;

describe('assessIdentities', () => {
  const at = (uid: string, clockSkewMs = 0) => ({ uid, clockSkewMs });

  it('is content with two clusters whose clocks agree', () => {
    expect(assessIdentities(spec, at('a', 4_000), at('b', -4_000))).toEqual([]);
  });

  it('warns of a clock that is far off, in either direction, naming the cluster', () => {
    const findings = assessIdentities(spec, at('a', 400_000), at('b', -400_000));
    expect(findings).toMatchObject([
      { code: 'CLOCK_SKEW', severity: 'warning', subject: 'old', message: expect.stringContaining('400 s') as string },
      { code: 'CLOCK_SKEW', severity: 'warning', subject: 'new', message: expect.stringContaining('-400 s') as string },
    ]);
  });

  it('refuses one cluster on both sides unless every namespace gets another name', () => {
    expect(assessIdentities(spec, at('a'), at('a'))).toMatchObject([{ code: 'CLUSTER_SAME', severity: 'blocker' }]);
    expect(assessIdentities({ ...spec, namespaceMapping: { shop: 'copy' } }, at('a'), at('a'))).toEqual([]);
  });
});

describe('assessPermissions', () => {
  const check = (side: 'source' | 'target', verb: string, plural: string, allowed = false): PermissionCheck => ({
    side,
    cluster: side,
    verb,
    resource: { group: plural === 'deployments' ? 'apps' : '', plural },
    namespace: plural === 'namespaces' ? '' : 'shop',
    allowed,
    ...{ severity: 'blocker', neededBy: 'run' },
  });

  it('puts kinds that lack the same verbs into one finding, with its side', () => {
    const findings = assessPermissions([
      check('target', 'delete', 'secrets'),
      check('target', 'create', 'secrets'),
      check('target', 'create', 'deployments'),
      check('target', 'delete', 'deployments'),
      check('target', 'create', 'configmaps', true),
      check('target', 'create', 'namespaces'),
      check('source', 'list', 'secrets'),
    ]);
    expect(findings.map(({ side, message }) => [side, message])).toEqual([
      ['target', 'this user is not allowed to create, delete deployments.apps, secrets in namespace shop'],
      ['target', 'this user is not allowed to create namespaces in the cluster'],
      ['source', 'this user is not allowed to list secrets in namespace shop'],
    ]);
    expect(findings.map(({ code, side }) => exitCodeOfError(code as ErrorCode, side))).toEqual([11, 11, 10]);
  });
});
