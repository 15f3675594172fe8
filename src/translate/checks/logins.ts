import { isBuiltInGroup } from '../../core/graph/groups.ts';
import { escapeSegment } from '../../core/json/pointer.ts';
import type { Platform } from '../../core/spec/spec.ts';
import { isTree, text, tree, trees } from '../draft.ts';
import type { CheckedObject, CheckFacts } from './pair.ts';
import type { Tree } from '../../core/json/tree.ts';

/** Providers that custom resources log in to, by the words operators have for them. */
const providers: Readonly<Record<Platform, RegExp>> = {
  vks: /^$/,
  eks: /^aws(?:-eks|-secret-manager|sm)?$/i,
  aks: /^azure(?:-workload|kv)?$/i,
  generic: /^$/,
};

/** Generators of External Secrets that ask a cloud for tokens. */
const generators: Readonly<Record<Platform, RegExp>> = {
  vks: /^$/,
  eks: /^(?:ECRAuthorizationToken|STSSessionToken)$/,
  aks: /^ACRAccessToken$/,
  generic: /^$/,
};

/** Triggers of KEDA that read a service of a cloud. */
const triggers: Readonly<Record<Platform, RegExp>> = { vks: /^$/, eks: /^aws-/, aks: /^azure-/, generic: /^$/ };

/** For whom pods ask a token of their account by hand: the token services of the clouds. */
const audiences: Readonly<Record<Platform, RegExp>> = {
  vks: /^$/,
  eks: /^sts\.amazonaws\.com$/,
  aks: /^api:\/\/AzureADTokenExchange/,
  generic: /^$/,
};

/** Places at which an object logs in to the cloud of the source by the identity of pods or nodes: no static credentials. */
export function loginsOf({ ref, root }: CheckedObject, facts: CheckFacts): readonly string[] {
  const spec = root['spec'] ?? root;
  const asked = audiencesIn(spec, '/spec', audiences[facts.from]);
  if (isBuiltInGroup(ref.group)) return asked;
  const { from } = facts;
  const found = [...asked, ...loginsIn(spec, '/spec', facts)];
  if (ref.group === 'generators.external-secrets.io' && generators[from].test(ref.kind) && !holdsCredentials(spec))
    found.push('/spec/auth');
  if (ref.group === 'keda.sh')
    trees(spec, 'triggers').forEach((trigger, index) => {
      if (triggers[from].test(text(trigger, 'type')) && !hasOwnLogin(trigger)) found.push(`/spec/triggers/${index}`);
    });
  // The login by IAM of Vault is one of AWS.
  if (
    from === 'eks' &&
    ref.group === 'external-secrets.io' &&
    tree(spec, 'provider', 'vault', 'auth', 'iam') !== undefined
  )
    found.push('/spec/provider/vault/auth/iam');
  return found;
}

/** A trigger with a TriggerAuthentication, which is looked at by itself, or with credentials of the pods it scales. */
function hasOwnLogin(trigger: Tree): boolean {
  if (trigger['authenticationRef'] !== undefined) return true;
  const metadata = tree(trigger, 'metadata') ?? {};
  return metadata['identityOwner'] !== 'operator' && Object.keys(metadata).some((key) => key.endsWith('FromEnv'));
}

function audiencesIn(value: unknown, path: string, pattern: RegExp): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => audiencesIn(item, `${path}/${index}`, pattern));
  if (!isTree(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const at = `${path}/${escapeSegment(key)}`;
    const isAsked = key === 'audience' && typeof member === 'string' && pattern.test(member);
    return isAsked ? [at] : audiencesIn(member, at, pattern);
  });
}

/** Custom resources that name a provider of the cloud, and hold no reference to a Secret below it. */
function loginsIn(value: unknown, path: string, facts: CheckFacts): readonly string[] {
  const pattern = providers[facts.from];
  if (Array.isArray(value)) return value.flatMap((item, index) => loginsIn(item, `${path}/${index}`, facts));
  if (!isTree(value)) return [];
  return Object.entries(value).flatMap(([key, member]): readonly string[] => {
    const at = `${path}/${escapeSegment(key)}`;
    const isLogin =
      (isTree(member) && pattern.test(key) && !holdsCredentials(member)) ||
      (typeof member === 'string' && key === 'provider' && pattern.test(member));
    return isLogin ? [at] : loginsIn(member, at, facts);
  });
}

/** A reference to a Secret: such a login works from anywhere. */
function holdsCredentials(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsCredentials);
  if (!isTree(value)) return false;
  return Object.entries(value).some(
    ([key, member]) =>
      (/secret(?:access)?key|secretRef|clientSecret|accessToken/i.test(key) && isTree(member)) ||
      holdsCredentials(member)
  );
}
