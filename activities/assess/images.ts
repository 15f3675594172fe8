import pMap from 'p-map';
import { loadJson } from '../../src/archive/run-objects.ts';
import type { CheckedPart } from '../../src/assess/contract.ts';
import type { RawFinding } from '../../src/core/findings/finding.ts';
import { parseImage } from '../../src/core/image-reference.ts';
import type { Inventory, InventoryImage } from '../../src/assess/inventory.ts';
import type { CheckOutcome } from '../../src/assess/checks/index.ts';
import type { ApiResource } from '../../src/core/resource.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';
import { askRegistry, openRegistry } from '../../src/registry/ask.ts';
import type { Registry, RegistryAnswer } from '../../src/registry/ask.ts';
import { textOf } from '../../src/services/objects/text.ts';
import { made, notMade, storePart } from '../../src/services/assess/part.ts';
import { credentialsOf } from '../../src/services/assess/read-secret.ts';
import type { SecretObject } from '../../src/services/assess/read-secret.ts';
import type { Session } from '../../src/services/session.ts';
import type { Progress } from '../../src/services/progress.ts';

const imagesInParallel = 8;

const secrets: ApiResource = {
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
  verbs: ['get'],
  subresources: [],
};

/**
 * Asks registries for every image, from this worker, with the credentials of the pull secrets. A registry that cannot
 * be reached from here says nothing about the target: its images are reported as not checked. Reads only.
 */
export async function checkImages(
  session: Session<'source'>,
  progress: Progress,
  inventory: StoredRef
): Promise<CheckedPart> {
  const { images, architectures } = await loadJson<Inventory>(session.location, inventory);
  const { signal } = progress;
  const registries = new Map<string, Promise<Registry>>();
  const addresses = session.spec.registries ?? {};
  let done = 0;
  progress.update({ unit: 'objects', total: images.length, note: 'images' });
  const asked = await pMap(
    images,
    async (image) => {
      const { registry } = parseImage(image.image);
      const opening = registries.get(registry) ?? openRegistry(registry, addresses[registry], signal);
      registries.set(registry, opening);
      const answer = await ask(session, image, { registry: await opening, signal });
      progress.update({ done: ++done });
      return { image, registry, answer };
    },
    { concurrency: imagesInParallel, signal }
  );
  const silent = new Map(
    asked.flatMap(({ registry, answer }) => (answer.kind === 'silent' ? [[registry, answer.why] as const] : []))
  );
  const outcomes: readonly CheckOutcome[] = [
    silent.size === 0
      ? made('images/registry', 'images')
      : notMade('images/registry', 'images', [...silent].map(([registry, why]) => `${registry}: ${why}`).join('; ')),
  ];
  const findings = asked.flatMap((one) => findingOf(one, architectures));
  return storePart(session, { findings, outcomes, measures: { images: images.length } });
}

async function ask(
  session: Session<'source'>,
  { image, pullSecrets }: InventoryImage,
  { registry, signal }: { readonly registry: Registry; readonly signal: AbortSignal }
): Promise<RegistryAnswer> {
  if (registry.problem !== '') return { kind: 'silent', why: registry.problem };
  const name = parseImage(image).registry;
  const found: { user: string; password: string }[] = [];
  for (const key of pullSecrets) {
    const [namespace = '', secret = ''] = key.split('/');
    const live = await session.source.get({ resource: secrets, namespace, name: secret }, { signal });
    const credentials =
      live === undefined ? undefined : credentialsOf(JSON.parse(textOf(live.bytes)) as SecretObject, name);
    if (credentials !== undefined) found.push(credentials);
  }
  return askRegistry(registry, parseImage(image), { credentials: found, signal });
}

interface AskedImage {
  readonly image: InventoryImage;
  readonly registry: string;
  readonly answer: RegistryAnswer;
}

function findingOf({ image, registry, answer }: AskedImage, architectures: readonly string[]): readonly RawFinding[] {
  const say = (code: RawFinding['code'], message: string): RawFinding[] => [
    {
      code,
      subject: `image ${image.image}`,
      namespace: image.namespace,
      side: 'target',
      message: `${message}; run by ${image.subjects.join(', ')}${image.count > image.subjects.length ? ` and ${image.count - image.subjects.length} more` : ''}`,
      evidence: `${registry} queried from this worker with the credentials of ${image.pullSecrets.join(', ') || 'nobody'}`,
    },
  ];
  if (answer.kind === 'missing') return say('IMAGE_NOT_FOUND', 'the registry returns 404');
  if (answer.kind === 'denied') return say('IMAGE_PULL_DENIED', `the registry returns ${answer.status}`);
  if (answer.kind !== 'found' || answer.architectures.length === 0 || architectures.length === 0) return [];
  const without = architectures.filter((name) => !answer.architectures.includes(name));
  if (without.length < architectures.length) return [];
  return say(
    'IMAGE_ARCHITECTURE',
    `it is for ${answer.architectures.join(', ')}, nodes have ${architectures.join(', ')}`
  );
}
