import type { Platform } from '../../../spec/spec.ts';
import { list, text, tree, trees, type Tree } from '../../draft.ts';
import { isEverywhere } from '../cidr.ts';
import { subjectOf, type CheckedObject } from '../pair.ts';
import { restriction, type Answer, type Front, type Reach, type World } from './front.ts';
import { ingressWords, vocabularyOf, type Vocabulary } from './ingress-words.ts';

const managedNginx = 'webapprouting.kubernetes.azure.com';

/** What of an Ingress lives on until all classes are known. */
interface Digest {
  readonly className: string;
  readonly scheme: string;
  readonly isPrivate: boolean;
  readonly group: string;
  readonly identity: string;
}

/** The door of an Ingress: its class decides who serves it, and so which of its words mean anything. */
export function ingressFront(
  object: CheckedObject,
  origin: string,
  { platform, classes }: { readonly platform: Platform; readonly classes: World }
): Front {
  const { root, ref } = object;
  const spec = tree(root, 'spec');
  const annotations = tree(root, 'metadata', 'annotations');
  const className =
    text(spec, 'ingressClassName') || text(annotations, 'kubernetes.io/ingress.class') || defaultOf(classes);
  const vocabulary = vocabularyOf(className, classes.ingressClasses.get(className));
  const words = ingressWords(vocabulary, annotations);
  const hasTls = tlsOf(spec);
  const answers = answersOf(spec).map(({ host, path }): Answer => ({ host, path, plain: words.plain(hasTls(host)) }));
  const digest: Digest = {
    className,
    scheme: text(annotations, 'alb.ingress.kubernetes.io/scheme'),
    isPrivate: text(annotations, 'appgw.ingress.kubernetes.io/use-private-ip') === 'true',
    group: text(annotations, 'alb.ingress.kubernetes.io/group.name'),
    identity: `${ref.namespace}/${ref.name}`,
  };
  return {
    origin,
    subject: subjectOf(object),
    reach: (world) => reachOf(digest, vocabulary, world, platform),
    ranges: (world) => restriction([...words.ranges, ...(albParameters(digest, world)?.ranges ?? [])], isEverywhere),
    guards: words.guards,
    answers: () => answers,
    servers: (world) => [serverOf(digest, vocabulary, world)],
    ...(words.isCanary ? { isCanary: true } : {}),
  };
}

function defaultOf({ ingressClasses }: World): string {
  return ingressClasses.get('') ?? '';
}

function reachOf(
  { className, scheme, isPrivate }: Digest,
  vocabulary: Vocabulary,
  world: World,
  platform: Platform
): Reach {
  const controller = world.ingressClasses.get(className);
  const unseen: Omit<Reach, 'level'> = {
    token: `class ${className}`,
    ...(controller === undefined ? {} : { controller }),
  };
  switch (vocabulary) {
    case 'alb': {
      const forced = albParameters({ className }, world)?.scheme;
      return { level: (forced || scheme) === 'internet-facing' ? 'public' : 'internal', token: '' };
    }
    case 'agic':
      return { level: isPrivate ? 'internal' : 'public', token: '' };
    case 'agc':
      return { level: 'public', token: '' };
    case 'contour':
    case 'avi':
      return { level: platform === 'vks' ? 'network' : 'unknown', ...unseen };
    case 'nginx': {
      const isInternal = world.nginxControllers.get(className);
      if (isInternal !== undefined) return { level: isInternal ? 'internal' : 'public', token: '' };
      const isManaged = className === managedNginx && platform === 'aks';
      if (isManaged) return { level: 'public', token: '' };
      break;
    }
    default:
  }
  // On VKS everything is in the network of the data centre; elsewhere nobody knows where a class of its own stands.
  return { level: platform === 'vks' ? 'network' : 'unknown', ...unseen };
}

function albParameters({ className }: Pick<Digest, 'className'>, world: World) {
  const name = world.classParameters.get(className);
  return name === undefined ? undefined : world.albParameters.get(name);
}

/** An ALB serves one Ingress unless a group says otherwise; every other controller is one server for all of its class. */
function serverOf(digest: Digest, vocabulary: Vocabulary, world: World): string {
  if (vocabulary === 'contour') return 'contour';
  if (vocabulary !== 'alb') return `class ${world.ingressClasses.get(digest.className) ?? digest.className}`;
  const group = albParameters(digest, world)?.group || digest.group;
  return group === '' ? `alb ${digest.identity}` : `alb group ${group}`;
}

/** TLS of a host: an entry that names it, also by a wildcard, or one that names none. */
function tlsOf(spec: Tree | undefined): (host: string) => boolean {
  const entries = trees(spec, 'tls').map((entry) => list(entry, 'hosts').map(String));
  return (host) =>
    entries.some(
      (hosts) =>
        hosts.length === 0 || hosts.some((one) => one === host || (one.startsWith('*.') && host.endsWith(one.slice(1))))
    );
}

function answersOf(spec: Tree | undefined): readonly Pick<Answer, 'host' | 'path'>[] {
  const found = trees(spec, 'rules').flatMap((rule) =>
    trees(tree(rule, 'http'), 'paths').map((one) => ({
      host: text(rule, 'host'),
      path: `${text(one, 'path') || '/'} ${text(one, 'pathType')}`,
    }))
  );
  return tree(spec, 'defaultBackend') === undefined ? found : [...found, { host: '', path: 'default' }];
}
