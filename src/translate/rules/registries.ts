import { isBuiltInGroup } from '../../core/graph/groups.ts';
import { formatPointer } from '../../core/json/pointer.ts';
import { isTree, text, tree, trees, type Draft } from '../draft.ts';
import { everywhere, type PackRule } from '../pack.ts';
import type { KnownPlatform, Translation } from '../../core/profile/cluster-profile.ts';
import type { Tree } from '../../core/json/tree.ts';

/** Registries of a platform, from which another cannot pull without more. */
const platformRegistries: Readonly<Record<KnownPlatform, RegExp>> = {
  vks: /^(?:harbor[.-]|[^/]*\.(?:local|lan|internal|corp)(?::[0-9]+)?\/|[0-9.]+:[0-9]+\/|localhost[:/])/,
  eks: /^[0-9]{12}\.dkr\.ecr[.-][a-z0-9.-]+\//,
  aks: /^[a-z0-9-]+\.azurecr\.io\//,
};

/** Registries whose images a role of the node pulls: no Secret is needed. */
const pulledByNode: Readonly<Record<KnownPlatform, RegExp | undefined>> = {
  vks: undefined,
  eks: /\.dkr\.ecr[.-]/,
  aks: /\.azurecr\.io(?:\/|$)/,
};

/** Registries anyone pulls from. */
const publicRegistry =
  /^(?:docker\.io|quay\.io|ghcr\.io|gcr\.io|registry\.k8s\.io|mcr\.microsoft\.com|public\.ecr\.aws|nvcr\.io)\//;

export const registries: PackRule = {
  id: 'registries',
  from: everywhere,
  to: everywhere,
  kinds: ['*'],
  matches:
    'images of containers, init and debug containers; images in custom resources below keys that end in image or repository',
  does: 'Rewrites registries with translation.registries, and pins images listed in translation.imageDigests.',
  loses: ['images from platform registries without an entry: the target may not be able to pull them'],
  sources: [
    'https://docs.aws.amazon.com/AmazonECR/latest/userguide/ECR_on_EKS.html',
    'https://learn.microsoft.com/azure/aks/cluster-container-registry-integration',
  ],
  translate(draft, { head, podSpec }, translation) {
    if (podSpec !== undefined) {
      const spec = tree(draft.root, ...podSpec);
      for (const key of ['containers', 'initContainers', 'ephemeralContainers']) {
        trees(spec, key).forEach((container, index) =>
          translateImage(
            draft,
            { holder: container, key: 'image', path: `/${podSpec.join('/')}/${key}/${index}/image` },
            translation
          )
        );
      }
    } else if (!isBuiltInGroup(head.ref.group)) {
      visitImages(draft.root['spec'], ['spec'], (holder, key, path) =>
        translateImage(draft, { holder, key, path }, translation)
      );
    }
  },
};

function translateImage(
  draft: Draft,
  { holder, key, path }: { readonly holder: Tree; readonly key: string; readonly path: string },
  { tables, from }: Translation
): void {
  const image = text(holder, key);
  if (image === '') return;
  const digest = Object.hasOwn(tables.imageDigests, image) ? tables.imageDigests[image] : undefined;
  const pinned = digest === undefined || image.includes('@') ? image : `${withoutTag(image)}@${digest}`;
  const prefix = prefixOf(tables.registries, image);
  if (prefix !== undefined) {
    const moved = `${tables.registries[prefix] ?? ''}${pinned.slice(prefix.length)}`;
    draft.step('translation.registries sets the registry on the target', () => (holder[key] = moved));
    if (!moved.includes('@')) {
      draft.manual(
        path,
        'the image is referenced by tag; another registry may have a different image under that tag',
        'copy images by digest and write the digest to translation.imageDigests'
      );
    }
    return;
  }
  if (pinned !== image) draft.step('translation.imageDigests pins the image', () => (holder[key] = pinned));
  if (!platformRegistries[from].test(image)) return;
  const host = image.slice(0, image.indexOf('/'));
  draft.unmapped(
    path,
    `images from ${host} have no entry in translation.registries; the target may be unable to reach the registry or not be allowed to pull them`,
    { remedy: `copy the images, and write ${host}: … to translation.registries` }
  );
}

/** The longest prefix of the table that ends at a `/`, a tag, a digest or the end. */
function prefixOf(table: Readonly<Record<string, string>>, image: string): string | undefined {
  let best: string | undefined;
  for (const prefix of Object.keys(table)) {
    if (!image.startsWith(prefix) || prefix === '') continue;
    const next = image.charAt(prefix.length);
    const ends =
      next === '' || next === '/' || prefix.endsWith('/') || ((next === ':' || next === '@') && prefix.includes('/'));
    if (ends && (best === undefined || prefix.length > best.length)) best = prefix;
  }
  return best;
}

function withoutTag(image: string): string {
  const colon = image.lastIndexOf(':');
  return colon > image.lastIndexOf('/') ? image.slice(0, colon) : image;
}

const imageKey = /(?:image|repository)$/i;

/** Walks everything below a value; `path` is where it is, and is changed on the way. */
function visitImages(
  value: unknown,
  path: (string | number)[],
  visit: (holder: Tree, key: string, path: string) => void
): void {
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      path.push(index);
      visitImages(value[index], path, visit);
      path.pop();
    }
    return;
  }
  if (!isTree(value)) return;
  for (const key of Object.keys(value)) {
    const member = value[key];
    if (typeof member === 'string') {
      if (imageKey.test(key)) visit(value, key, formatPointer([...path, key]));
    } else if (typeof member === 'object') {
      path.push(key);
      visitImages(member, path, visit);
      path.pop();
    }
  }
}

export const pullSecrets: PackRule = {
  id: 'pull-secrets',
  from: everywhere,
  to: everywhere,
  kinds: ['pods', '/ServiceAccount'],
  matches: 'imagePullSecrets of pods and ServiceAccounts',
  does: 'Maps pull secrets with translation.pullSecrets, and removes them if the target’s nodes have their own pull access.',
  loses: [],
  sources: ['https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry/'],
  translate(draft, { podSpec }, { tables, from, to }) {
    const holder = podSpec === undefined ? draft.root : tree(draft.root, ...podSpec);
    if (holder === undefined) return;
    const present = trees(holder, 'imagePullSecrets');
    const images = [...trees(holder, 'containers'), ...trees(holder, 'initContainers')].map((one) =>
      text(one, 'image')
    );
    const byNode = pulledByNode[to];
    const nodePulls = byNode !== undefined && images.length > 0 && images.every((image) => byNode.test(image));
    if (present.length > 0) {
      const reason = nodePulls
        ? 'the target’s nodes have their own pull access to these images'
        : 'set in translation.pullSecrets';
      draft.step(reason, () => {
        const kept = nodePulls ? [] : present.flatMap((one) => mapSecret(one, tables.pullSecrets));
        if (kept.length === 0) delete holder['imagePullSecrets'];
        else holder['imagePullSecrets'] = kept;
      });
    }
    const isPrivate = images.some((image) => /^[^/]*[.:]/.test(image) && !publicRegistry.test(image));
    const needsSecret = to === 'vks' && podSpec !== undefined && present.length === 0 && isPrivate;
    if (!needsSecret) return;
    draft.manual(
      `/${(podSpec ?? []).join('/')}/imagePullSecrets`,
      `nodes of ${from.toUpperCase()} pulled private images with their own role; VKS nodes need a pull secret, unless the registry allows anonymous pulls`,
      'add imagePullSecrets to the ServiceAccount, or mirror the image to a registry that the nodes can access'
    );
  },
};

function mapSecret(secret: Tree, table: Readonly<Record<string, string>>): readonly Tree[] {
  const name = text(secret, 'name');
  const word = Object.hasOwn(table, name) ? table[name] : undefined;
  if (word === undefined) return [secret];
  return word === '' ? [] : [{ ...secret, name: word }];
}
