import { listPointFacts } from '../../archive/point-facts.ts';
import { checkChain } from '../../archive/point-trust.ts';
import { openRecoveryPoint } from '../../archive/recovery-point.ts';
import { recipientOf, parseIdentityFile } from '../../crypto/identity-file.ts';
import { describeRef } from '../../core/resource.ts';
import { resolveSecret } from '../../host/secret-source.ts';
import { withSeal } from '../../locations/with-seal.ts';
import type { SecretSource } from '../../core/spec/spec.ts';
import { asHolder, requireHeader, type OpenedLocation } from './open.ts';

/** What an identity was proven to open. */
export interface CheckedKey {
  readonly location: string;
  readonly keyId: string;
  readonly signer: string;
  /** The public sides of the identities in the file. */
  readonly recipients: readonly string[];
  /** The newest point that is not deleted; absent: there is none. */
  readonly point?: {
    readonly id: string;
    readonly createdAt: string;
    readonly objects: number;
    readonly volumes: number;
    /** The object that was read, decrypted and compared with its hash; absent: the point holds none. */
    readonly read?: string;
  };
}

/**
 * Opens the key with an identity and reads one object of the newest point, as a restore would. Throws KEY_*, POINT_* and
 * STORED_OBJECT_*: whatever a restore would fail with.
 */
export async function checkKey(opened: OpenedLocation, file: string | undefined): Promise<CheckedKey> {
  const { keyId, signer } = await requireHeader(opened);
  const seal = file === undefined ? opened.seal : await asHolder(opened, file);
  await seal.forReading();
  const source = file === undefined ? opened.encryption.identity : { file };
  const common = { location: opened.spec.name, keyId, signer, recipients: await recipientsIn(source) };
  const location = withSeal(opened.location, seal);
  const facts = (await listPointFacts(location)).filter(
    ({ committedAtMs, markedAtMs }) => committedAtMs !== undefined && markedAtMs === undefined
  );
  const newest = facts.toSorted((left, right) => (right.committedAtMs ?? 0) - (left.committedAtMs ?? 0))[0];
  if (newest === undefined) return common;
  const point = await openRecoveryPoint(location, newest.id);
  const { manifest } = point;
  await checkChain(location, manifest);
  const read = await readOne(point);
  const { objects, volumes } = manifest.counts;
  return {
    ...common,
    point: {
      ...{ id: newest.id, createdAt: manifest.createdAt, objects, volumes },
      ...(read !== undefined && { read }),
    },
  };
}

async function readOne(point: Awaited<ReturnType<typeof openRecoveryPoint>>): Promise<string | undefined> {
  for await (const entry of point.readIndex()) {
    for await (const object of point.readObjects([entry])) return describeRef(object.entry);
  }
  return undefined;
}

async function recipientsIn(source: SecretSource | undefined): Promise<readonly string[]> {
  if (source === undefined) return [];
  const { identities } = parseIdentityFile(await resolveSecret(source), 'the identity');
  return Promise.all(identities.map((one) => recipientOf(one, 'the identity')));
}
