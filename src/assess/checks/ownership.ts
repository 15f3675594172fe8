import { scopeObjects } from '../facts.ts';
import type { AssessFacts, Check, ScopeObject } from '../facts.ts';
import type { RawFinding } from '../../core/findings/finding.ts';

/** Who else manages what moves. */
export const ownershipChecks: readonly Check[] = [
  {
    id: 'ownership/gitops',
    group: 'ownership',
    describe: 'Argo CD and Flux',
    codes: ['GITOPS_ARGO', 'GITOPS_FLUX'],
    needs: [],
    run: gitops,
  },
  {
    id: 'ownership/helm',
    group: 'ownership',
    describe: 'Helm releases',
    codes: ['HELM_RELEASE'],
    needs: [],
    run: helm,
  },
  {
    id: 'ownership/operators',
    group: 'ownership',
    describe: 'operators of OLM, packages of Carvel',
    codes: ['OPERATOR_SUBSCRIPTION', 'PACKAGE_INSTALL'],
    needs: [],
    run: (facts) => [
      ...records(facts, 'OPERATOR_SUBSCRIPTION', {
        group: 'operators.coreos.com',
        kinds: ['Subscription', 'ClusterServiceVersion'],
      }),
      ...records(facts, 'PACKAGE_INSTALL', { group: 'packaging.carvel.dev', kinds: ['PackageInstall'] }),
      ...records(facts, 'PACKAGE_INSTALL', { group: 'kappctrl.k14s.io', kinds: ['App'] }),
    ],
  },
];

/** The Application or Kustomization an object says it belongs to; '' = none. */
function argoOf({ object }: ScopeObject): string {
  const { annotations = {}, labels = {} } = object.metadata;
  const tracking = annotations['argocd.argoproj.io/tracking-id'];
  if (tracking !== undefined) return tracking.split(':')[0] ?? '';
  // The label alone is set by many charts; it counts with Argo's own mark beside it.
  return labels['argocd.argoproj.io/instance'] ?? '';
}

function fluxOf({ object }: ScopeObject): string {
  const { labels = {} } = object.metadata;
  const kustomization = labels['kustomize.toolkit.fluxcd.io/name'];
  if (kustomization !== undefined)
    return `Kustomization ${labels['kustomize.toolkit.fluxcd.io/namespace'] ?? ''}/${kustomization}`;
  const release = labels['helm.toolkit.fluxcd.io/name'];
  return release === undefined ? '' : `HelmRelease ${labels['helm.toolkit.fluxcd.io/namespace'] ?? ''}/${release}`;
}

function gitops({ scope }: AssessFacts): RawFinding[] {
  const owners = [
    ['GITOPS_ARGO', 'Application', argoOf, 'argocd.argoproj.io'],
    ['GITOPS_FLUX', '', fluxOf, 'toolkit.fluxcd.io'],
  ] as const;
  return owners.flatMap(([code, kind, ownerOf, mark]) =>
    [...Map.groupBy(scope.objects, ownerOf)].flatMap(([owner, objects]): RawFinding[] => {
      if (owner === '') return [];
      const evidence = `labels and annotations of ${mark} on the objects`;
      return [
        grouped(
          code,
          { subject: `${kind} ${owner}`.trim(), message: `it manages ${objects.length} objects`, evidence },
          objects
        ),
      ];
    })
  );
}

function helm({ scope }: AssessFacts): RawFinding[] {
  const releaseOf = ({ object }: ScopeObject): string => {
    const { annotations = {} } = object.metadata;
    const name = annotations['meta.helm.sh/release-name'];
    return name === undefined ? '' : `${annotations['meta.helm.sh/release-namespace'] ?? ''}/${name}`;
  };
  return [...Map.groupBy(scope.objects, releaseOf)].flatMap(([release, objects]): RawFinding[] => {
    if (release === '') return [];
    const evidence = 'annotation meta.helm.sh/release-name of the objects';
    return [
      grouped(
        'HELM_RELEASE',
        { subject: `release ${release}`, message: `it has ${objects.length} objects`, evidence },
        objects
      ),
    ];
  });
}

function records(
  facts: AssessFacts,
  code: RawFinding['code'],
  { group, kinds }: { readonly group: string; readonly kinds: readonly string[] }
): RawFinding[] {
  return kinds.flatMap((kind) =>
    scopeObjects(facts, kind, group).map(({ ref }): RawFinding => {
      const subject = `${kind} ${ref.namespace}/${ref.name}`;
      return {
        code,
        subject,
        namespace: ref.namespace,
        side: 'source',
        message: 'it is in the scope',
        evidence: 'the object itself',
      };
    })
  );
}

function grouped(
  code: RawFinding['code'],
  { subject, message, evidence }: { readonly subject: string; readonly message: string; readonly evidence: string },
  objects: readonly ScopeObject[]
): RawFinding {
  const namespaces = new Set(objects.map(({ ref }) => ref.namespace));
  const namespace = namespaces.size === 1 ? (objects[0]?.ref.namespace ?? '') : '';
  return { code, subject, namespace, side: 'source', message, evidence };
}
