import { describe, expect, it } from 'vitest';
import type { CaptureKind } from '../../src/core/capture/capture-kinds.ts';
import type { MigrationSpec } from '../../src/core/spec/spec.ts';
import { permissionQuestions, type Question, type Scoped } from '../../src/saga/permissions.ts';
import type { Place } from '../../src/saga/need.ts';
import { rulesOf, type Rule } from './roles.ts';
import { migration, needsOf } from './run-rights.ts';

const own = 'landfall-system';

function captured(plural: string, namespaced: boolean): CaptureKind {
  const resource = { group: '', plural, namespaced, version: 'v1', kind: plural, verbs: [], subresources: [] };
  return { resource, namespaces: namespaced ? ['shop'] : [''], servedByTarget: true };
}

const group = (of: string, plurals: readonly string[]): string[] => plurals.map((plural) => `${plural}.${of}`);
const served = new Set([
  ...group('snapshot.storage.k8s.io', ['volumesnapshots', 'volumesnapshotcontents', 'volumesnapshotclasses']),
  ...group('rbac.authorization.k8s.io', ['clusterroles', 'clusterrolebindings']),
  ...group('admissionregistration.k8s.io', ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations']),
  ...['jobs.batch', 'storageclasses.storage.k8s.io'],
]);

/** A migration with everything one can have. */
const scoped: Scoped = {
  spec: {
    ...{ scope: { namespaces: ['shop', 'x-*'], clusterScoped: 'dependencies' }, namespaceMapping: {} },
    ...{ existingResourcePolicy: 'update', volumes: { mode: 'move', withoutSnapshot: 'copyWhileQuiesced' } },
    ...{ hooks: { pre: [{ namespace: 'shop' }], post: [{ namespace: 'shop' }] } },
    ...{ landfallNamespace: own, dryRun: false, onFailure: 'rollback' },
  } as unknown as MigrationSpec,
  plan: { kinds: [captured('namespaces', false), captured('configmaps', true)], namespaces: ['shop'] },
  ...{ hasClaims: true, newNamespaces: false, any: [{ group: '', plural: 'pods' }] },
  served: { source: served, target: served },
};

const questions = permissionQuestions({ kind: 'migrate' }, scoped);

function rules(side: 'source' | 'target', places: readonly Place[]): readonly Rule[] {
  const needs = needsOf(migration, side).filter(({ without }) => without === undefined);
  return rulesOf(needs, places).flatMap((of) => of.rules);
}

function isGranted({ side, verb, resource, namespace }: Question): boolean {
  const roles = [
    ...rules(side, ['cluster', 'temporary']),
    ...(namespace === 'shop' ? rules(side, ['scope', 'hooks']) : []),
    ...(namespace === own ? rules(side, ['own']) : []),
  ];
  const has = (given: readonly string[], wanted: string): boolean => given.includes('*') || given.includes(wanted);
  return roles.some(
    (rule) => has(rule.apiGroups, resource.group) && has(rule.resources, resource.plural) && has(rule.verbs, verb)
  );
}

const lineOf = ({ side, verb, resource, namespace }: Question): string =>
  `${side} ${verb} ${resource.plural}.${resource.group} ${namespace}`;

describe('the roles of the reference', () => {
  it('grant every right that a migration asks for', () => {
    expect(questions.length).toBeGreaterThan(80);
    expect(questions.filter((question) => !isGranted(question)).map(lineOf)).toEqual([]);
  });

  it('grant nothing that no question is about, but what only a capture can name', () => {
    const asked = (verb: string, resource: string): boolean =>
      questions.some((question) => question.verb === verb && question.resource.plural === resource);
    const beyond = (['source', 'target'] as const).flatMap((side) =>
      rules(side, ['cluster', 'temporary', 'own']).flatMap(({ resources, verbs }) =>
        resources.flatMap((resource) =>
          verbs.filter((verb) => verb !== 'watch' && !asked(verb, resource)).map((verb) => `${verb} ${resource}`)
        )
      )
    );
    const needed = /customresourcedefinitions|clusterroles|clusterrolebindings|priorityclasses/;
    expect(beyond.filter((line) => !needed.test(line))).toEqual([]);
  });
});
