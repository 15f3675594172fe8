import { formatPointer } from '../../core/json/pointer.ts';
import { ensureTree, text, tree, trees, type Draft } from '../draft.ts';
import { prune } from '../labels.ts';
import { everywhere, type PackRule } from '../pack.ts';
import type { KnownPlatform } from '../../core/profile/cluster-profile.ts';
import type { Tree } from '../../core/json/tree.ts';

const roleArn = 'eks.amazonaws.com/role-arn';
const clientId = 'azure.workload.identity/client-id';
const useLabel = 'azure.workload.identity/use';
const skipContainers = 'azure.workload.identity/skip-containers';

/** What a ServiceAccount or pod says to the identity webhook of its platform. */
const identityMarks: Readonly<Record<KnownPlatform, RegExp>> = {
  vks: /^$/,
  eks: /^eks\.amazonaws\.com\/(?:role-arn|audience|sts-regional-endpoints|token-expiration|skip-containers)$/,
  aks: /^azure\.workload\.identity\/|^aadpodidbinding$/,
};

/** Variables the webhooks inject; some manifests have them written out. */
const identityVariables: Readonly<Record<KnownPlatform, RegExp>> = {
  vks: /^$/,
  eks: /^AWS_(?:ROLE_ARN|WEB_IDENTITY_TOKEN_FILE|CONTAINER_CREDENTIALS_FULL_URI|CONTAINER_AUTHORIZATION_TOKEN_FILE|STS_REGIONAL_ENDPOINTS)$/,
  aks: /^AZURE_(?:CLIENT_ID|TENANT_ID|FEDERATED_TOKEN_FILE|AUTHORITY_HOST)$/,
};

/** Necessary for any of both: without it a pod has nothing to take off. */
const identityTraces: Readonly<Record<KnownPlatform, RegExp | undefined>> = {
  vks: undefined,
  eks: /eks\.amazonaws\.com|AWS_/,
  aks: /azure\.workload|aadpodid|AZURE_/,
};

export const serviceAccountIdentity: PackRule = {
  id: 'service-account-identity',
  from: everywhere,
  to: everywhere,
  kinds: ['/ServiceAccount'],
  matches:
    'ServiceAccounts with an IRSA role, an Azure workload identity client id, or an entry in translation.identities',
  does: 'Removes the source cloud’s annotations, and writes the identity from translation.identities in the target’s form.',
  loses: [
    'permission to call APIs of the source’s cloud',
    'EKS Pod Identity associations: they exist outside the cluster and are not visible',
  ],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html',
    'https://azure.github.io/azure-workload-identity/docs/topics/service-account-labels-and-annotations.html',
  ],
  translate(draft, { head }, translation) {
    const { from, to, tables } = translation;
    const metadata = tree(draft.root, 'metadata');
    const annotations = tree(metadata, 'annotations');
    const had = Object.keys(annotations ?? {}).find((key) => key === roleArn || key === clientId);
    const audience = annotations?.['eks.amazonaws.com/audience'] !== undefined;
    const account = `${head.ref.namespace}/${head.ref.name}`;
    const isSaid = Object.hasOwn(tables.identities, account);
    const identity = isSaid ? (tables.identities[account] ?? '') : '';
    if (metadata === undefined) return;
    draft.step(`the identity of ${from.toUpperCase()}`, () => {
      prune(metadata, 'annotations', (key) => identityMarks[from].test(key));
      // The account of a selector of pods stays: a label is nothing to the target, and pods are selected by it.
      prune(metadata, 'labels', (key) => from === 'aks' && key === useLabel);
    });
    if (audience)
      draft.loss(
        '/metadata/annotations/eks.amazonaws.com~1audience',
        'tokens are no longer made for the audience of the annotation'
      );
    if (identity !== '') writeIdentity(draft, metadata, { identity, account, to });
    else if (had !== undefined && !isSaid) {
      const remedy =
        to === 'vks'
          ? `give the application static credentials or Vault, and write ${account}: '' to translation.identities`
          : `create ${to === 'eks' ? 'a role that trusts the issuer of the target' : 'a managed identity with a federated credential for the target'} and write ${account}: … to translation.identities`;
      draft.unmapped(
        '/metadata/annotations',
        `${account} used an identity of ${from.toUpperCase()} and has none on the target`,
        { remedy }
      );
    }
  },
};

function writeIdentity(
  draft: Draft,
  metadata: Tree,
  { identity, account, to }: { readonly identity: string; readonly account: string; readonly to: KnownPlatform }
): void {
  if (to === 'vks') {
    draft.manual(
      '/metadata/annotations',
      `VKS has no workload identity, but ${account} is mapped to one`,
      'give the application credentials in a Secret'
    );
    return;
  }
  draft.step('translation.identities sets the identity on the target', () => {
    const annotations = ensureTree(metadata, 'annotations');
    if (to === 'eks') annotations[roleArn] = identity;
    else {
      // `client/tenant` where the identity is of another tenant than the cluster.
      const [client = '', tenant] = identity.split('/');
      annotations[clientId] = client;
      if (tenant !== undefined) annotations['azure.workload.identity/tenant-id'] = tenant;
    }
  });
  const subject = `system:serviceaccount:${account.replace('/', ':')}`;
  draft.manual(
    '/metadata/annotations',
    `${account} becomes ${to === 'eks' ? 'an IAM role' : 'a managed identity'} on the target`,
    `trust the issuer of the target cluster for ${subject} before the cutover`
  );
}

export const podIdentity: PackRule = {
  id: 'pod-identity',
  from: everywhere,
  to: everywhere,
  kinds: ['pods'],
  matches:
    'pod templates with annotations and variables of a cloud’s identity webhook, or of an account in translation.identities',
  does: 'Removes what the source’s webhook reads or sets, and labels pods for Azure workload identity. Existing labels are kept, because selectors use them.',
  loses: ['containers excluded from injection, if the target cannot express it'],
  sources: [
    'https://azure.github.io/azure-workload-identity/docs/topics/service-account-labels-and-annotations.html',
    'https://github.com/aws/amazon-eks-pod-identity-webhook',
  ],
  translate(draft, { head, podSpec, templates, contains }, translation) {
    const { from, to, tables } = translation;
    if (podSpec === undefined) return;
    const spec = tree(draft.root, ...podSpec);
    const [around] = templates;
    // An operator may have pods without a template around their spec: nothing beside it is metadata of pods.
    const template = around === undefined ? {} : tree(draft.root, ...around);
    if (spec === undefined || template === undefined) return;
    const metadata = tree(template, 'metadata');
    const skipped = skippedContainers(tree(metadata, 'annotations'), from);
    const traces = identityTraces[from];
    if (traces !== undefined && contains(traces)) {
      draft.step(`the identity webhook of ${from.toUpperCase()} reads it`, () => {
        prune(metadata, 'annotations', (key) => identityMarks[from].test(key));
        if (usesWebhook(spec, template, from)) removeVariables(spec, identityVariables[from]);
      });
    }
    if (contains(/-(?:iam|identity)-token"/))
      draft.step(`the identity webhook of ${from.toUpperCase()} mounted its token`, () =>
        removeTokens(spec, webhookVolumes[from])
      );
    const account = `${head.ref.namespace}/${text(spec, 'serviceAccountName') || 'default'}`;
    const isMapped = Object.hasOwn(tables.identities, account) && tables.identities[account] !== '';
    if (isMapped && to === 'aks' && around === undefined)
      draft.manual(
        formatPointer(podSpec),
        'Azure workload identity serves only pods with a label, and this resource has no place for labels of its pods that Landfall knows',
        `give its pods the label ${useLabel}: "true" in the words of its operator, by a transform`
      );
    else if (isMapped && to === 'aks') labelForAzure(draft, template, skipped);
    else if (skipped.length > 0 && to === 'eks' && isMapped) {
      draft.step('the same containers are excluded, separated by commas on AWS', () => {
        ensureTree(ensureTree(template, 'metadata'), 'annotations')['eks.amazonaws.com/skip-containers'] =
          skipped.join(',');
      });
    }
  },
};

function labelForAzure(draft: Draft, template: Tree, skipped: readonly string[]): void {
  draft.step('Azure workload identity serves only pods with this label', () => {
    const metadata = ensureTree(template, 'metadata');
    ensureTree(metadata, 'labels')[useLabel] = 'true';
    if (skipped.length > 0) ensureTree(metadata, 'annotations')[skipContainers] = skipped.join(';');
  });
}

/** Separated by commas on AWS and by semicolons on Azure. */
function skippedContainers(annotations: Tree | undefined, from: KnownPlatform): readonly string[] {
  const value = text(annotations, from === 'eks' ? 'eks.amazonaws.com/skip-containers' : skipContainers);
  return value
    .split(from === 'eks' ? ',' : ';')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** Variables with which a pod logs in by itself, from any cloud: those beside them are its own as well. */
const ownCredentials: Readonly<Record<KnownPlatform, RegExp>> = {
  vks: /^$/,
  eks: /^AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY|SHARED_CREDENTIALS_FILE|PROFILE)$/,
  aks: /^AZURE_(?:CLIENT_SECRET|CLIENT_CERTIFICATE_PATH|USERNAME|PASSWORD)$/,
};

/**
 * Whether its variables are those of the webhook: a service principal with a secret, or keys of a user, work from any
 * cloud (azure-identity EnvironmentCredential) and are left alone, also where a Secret may hold them.
 */
function usesWebhook(spec: Tree, template: Tree, from: KnownPlatform): boolean {
  const containers = [...trees(spec, 'containers'), ...trees(spec, 'initContainers')];
  const names = containers.flatMap((container) => trees(container, 'env').map((one) => text(one, 'name')));
  const fromSecrets = containers.some((container) =>
    trees(container, 'envFrom').some((one) => tree(one, 'secretRef') !== undefined)
  );
  if (fromSecrets || names.some((name) => ownCredentials[from].test(name))) return false;
  // A client id alone may be that of a service principal whose secret lies in a file: Azure's webhook asks for its label.
  if (from !== 'aks') return true;
  return tree(template, 'metadata', 'labels')?.[useLabel] === 'true' || names.includes('AZURE_FEDERATED_TOKEN_FILE');
}

function removeVariables(spec: Tree, pattern: RegExp): void {
  for (const container of [...trees(spec, 'containers'), ...trees(spec, 'initContainers')]) {
    const variables = trees(container, 'env');
    const kept = variables.filter((one) => !(pattern.test(text(one, 'name')) && isPlatformValue(one)));
    if (kept.length === variables.length) continue;
    if (kept.length === 0) delete container['env'];
    else container['env'] = kept;
  }
}

/** Volumes that the webhooks put into pods: a pod of its own has them on the source, and gets the target's there. */
const webhookVolumes: Readonly<Record<KnownPlatform, readonly string[]>> = {
  vks: [],
  eks: ['aws-iam-token'],
  aks: ['azure-identity-token'],
};

function removeTokens(spec: Tree, names: readonly string[]): void {
  const isToken = (volume: Tree): boolean =>
    names.includes(text(volume, 'name')) && tree(volume, 'projected') !== undefined;
  if (!trees(spec, 'volumes').some(isToken)) return;
  const keep = (holder: Tree, member: string, isKept: (one: Tree) => boolean): void => {
    const kept = trees(holder, member).filter(isKept);
    if (kept.length === 0) delete holder[member];
    else holder[member] = kept;
  };
  keep(spec, 'volumes', (one) => !isToken(one));
  for (const container of [...trees(spec, 'containers'), ...trees(spec, 'initContainers')])
    keep(container, 'volumeMounts', (one) => !names.includes(text(one, 'name')));
}

/** Static credentials under the same names come from Secrets and stay. */
function isPlatformValue(variable: Tree): boolean {
  return variable['valueFrom'] === undefined;
}
