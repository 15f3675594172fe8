import { ensureTree, isTree, text, tree, trees, type Draft } from '../draft.ts';
import { chooseIngressClass } from '../ingress/classes.ts';
import { everywhere, type PackRule } from '../pack.ts';
import type { Translation } from '../../core/profile/cluster-profile.ts';
import type { Tree } from '../../core/json/tree.ts';

/** Issuers travel; what they ask of the cloud or the ingress of the source does not. */
export const issuers: PackRule = {
  id: 'cert-manager-issuers',
  from: everywhere,
  to: everywhere,
  kinds: ['cert-manager.io/Issuer', 'cert-manager.io/ClusterIssuer'],
  matches: 'Issuers and ClusterIssuers with ACME solvers',
  does: 'Maps ingress classes of HTTP-01 solvers; reports solvers and issuers that depend on an identity in the source’s cloud.',
  loses: ['identities with which a DNS-01 solver or issuer accesses Route 53, Azure DNS, ACM PCA or a Key Vault'],
  sources: ['https://cert-manager.io/docs/configuration/acme/', 'https://cert-manager.io/docs/devops-tips/backup/'],
  translate(draft, { head }, translation) {
    trees(tree(draft.root, 'spec', 'acme'), 'solvers').forEach((solver, index) =>
      translateSolver(
        draft,
        { solver, path: `/spec/acme/solvers/${index}`, account: `${head.ref.namespace}/cert-manager` },
        translation
      )
    );
    const spec = tree(draft.root, 'spec');
    if (translation.from === 'eks' && text(tree(spec, 'vault', 'auth', 'aws'), 'role') !== '') {
      draft.manual(
        '/spec/vault/auth/aws',
        'Vault authenticates the issuer by its AWS identity',
        'use a different Vault authentication method'
      );
    }
  },
};

function translateSolver(
  draft: Draft,
  { solver, path, account }: { readonly solver: Tree; readonly path: string; readonly account: string },
  translation: Translation
): void {
  const { from, tables } = translation;
  const ingress = tree(solver, 'http01', 'ingress');
  for (const key of ['class', 'ingressClassName']) {
    const name = text(ingress, key);
    if (ingress === undefined || name === '') continue;
    const chosen = chooseIngressClass(name, translation);
    if (chosen.kind !== 'mapped') continue;
    draft.step(chosen.reason, () => (ingress[key] = chosen.name));
  }
  if (tree(solver, 'http01') !== undefined) {
    draft.manual(
      `${path}/http01`,
      'HTTP-01 challenges cannot be solved on the target before DNS points there; Secrets are moved, so nothing is issued until a certificate is close to expiry',
      'check that no certificate expires before the cutover'
    );
  }
  const route53 = tree(solver, 'dns01', 'route53');
  if (route53 !== undefined && from === 'eks' && !hasStaticKeys(route53)) {
    draft.unmapped(`${path}/dns01/route53`, 'the solver uses the role of cert-manager’s ServiceAccount', {
      remedy: 'give it accessKeyIDSecretRef and secretAccessKeySecretRef, or a DNS provider of the target',
    });
  }
  const azure = tree(solver, 'dns01', 'azureDNS');
  const managed = tree(azure, 'managedIdentity');
  if (azure !== undefined && managed !== undefined) {
    const word = tables.identities[account];
    if (translation.to === 'aks' && word !== undefined && word !== '') {
      draft.step(
        'translation.identities',
        () => (ensureTree(azure, 'managedIdentity')['clientID'] = word.split('/')[0])
      );
    } else {
      draft.unmapped(`${path}/dns01/azureDNS/managedIdentity`, 'the solver uses a managed identity of Azure', {
        remedy: 'give it clientID, tenantID and clientSecretSecretRef, or a DNS provider of the target',
      });
    }
  }
}

function hasStaticKeys(route53: Tree): boolean {
  return isTree(route53['secretAccessKeySecretRef']) && Object.keys(route53['secretAccessKeySecretRef']).length > 0;
}
