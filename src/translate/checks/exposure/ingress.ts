import type { Platform } from '../../../core/spec/spec.ts';
import { list, text, tree, trees } from '../../draft.ts';
import { portsOf } from '../../ingress/alb-group.ts';
import { isEverywhere } from '../cidr.ts';
import { subjectOf, type CheckedObject } from '../pair.ts';
import { restriction, type Answer, type Front, type Reach, type World } from './front.ts';
import { addGroup } from './settings.ts';
import { ingressWords, vocabularyOf, type Vocabulary } from './ingress-words.ts';
import type { Tree } from '../../../core/json/tree.ts';

const managedNginx = 'webapprouting.kubernetes.azure.com';

/** What of an Ingress lives on until all classes are known. */
interface Digest {
  readonly className: string;
  readonly scheme: string;
  readonly isPrivate: boolean;
  readonly group: string;
  /** Where an ALB listens for it. */
  readonly ports: readonly string[];
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
    ports: vocabulary === 'alb' ? portsOf(annotations ?? {}) : [],
    identity: `${ref.namespace}/${ref.name}`,
  };
  if (vocabulary === 'alb') addGroup(classes, annotations);
  return {
    origin,
    subject: subjectOf(object),
    reach: (world) => reachOf(digest, vocabulary, { world, platform }),
    ranges: (world) =>
      restriction(words.ranges, isEverywhere) ?? restriction(sharedRanges(digest, vocabulary, world), isEverywhere),
    guards: words.guards,
    answers: () => answers,
    servers: (world) => [serverOf(digest, vocabulary, world)],
    ...(words.isCanary ? { isCanary: true } : {}),
  };
}

function defaultOf({ ingressClasses }: World): string {
  return ingressClasses.get('') ?? '';
}

/** Who may connect by the words of the class or the group, where the Ingress says nothing itself. */
function sharedRanges(digest: Digest, vocabulary: Vocabulary, world: World): readonly string[] {
  if (vocabulary === 'nginx') return world.nginxControllers.get(digest.className)?.ranges ?? [];
  if (vocabulary !== 'alb') return [];
  const ofClass = restriction(albParameters(digest, world)?.ranges ?? [], isEverywhere);
  const group = world.albGroups.get(groupOf(digest, world));
  return ofClass ?? (group?.ports.some((port) => digest.ports.includes(port)) === true ? group.ranges : []);
}

function groupOf(digest: Digest, world: World): string {
  return albParameters(digest, world)?.group || digest.group;
}

function reachOf(
  digest: Digest,
  vocabulary: Vocabulary,
  { world, platform }: { readonly world: World; readonly platform: Platform }
): Reach {
  const { className, scheme, isPrivate } = digest;
  const controller = world.ingressClasses.get(className);
  const unseen: Omit<Reach, 'level'> = {
    token: `class ${className}`,
    ...(controller === undefined ? {} : { controller }),
  };
  switch (vocabulary) {
    case 'alb': {
      const forced = albParameters({ className }, world)?.scheme;
      const said = forced || scheme || world.albGroups.get(groupOf(digest, world))?.scheme;
      return { level: said === 'internet-facing' ? 'public' : 'internal', token: '' };
    }
    case 'agic':
      return { level: isPrivate ? 'internal' : 'public', token: '' };
    case 'agc':
      return { level: 'public', token: '' };
    case 'contour':
    case 'avi':
      return { level: platform === 'vks' ? 'network' : 'unknown', ...unseen };
    case 'nginx': {
      const isInternal = world.nginxControllers.get(className)?.isInternal;
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
  const group = groupOf(digest, world);
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
