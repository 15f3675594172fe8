import { decodeBase64 } from '../core/json/base64.ts';
import type { ObjectRef } from '../core/resource.ts';
import { findAddresses } from './addresses.ts';
import type { AddressUse } from './addresses.ts';
import type { PodSpec } from '../core/kube-objects.ts';
import { containersOf } from './workloads.ts';

type Data = Readonly<Record<string, string>>;
/** Bytes of one value of a Secret that are looked through. */
const decodedMax = 256 * 1024;

/** A ConfigMap or Secret as it is stored. */
export interface DataObject {
  readonly type?: string;
  readonly data?: Data | null;
}

/** Where the data of a ConfigMap or Secret talks to. Only host and port are taken from it. */
export function dataAddresses(ref: ObjectRef, { type = 'Opaque', data }: DataObject): readonly AddressUse[] {
  const isSecret = ref.kind === 'Secret';
  // The record of a release and certificates name hosts that nobody talks to.
  if (isSecret && type !== 'Opaque') return [];
  return Object.entries(data ?? {}).flatMap(([key, value]) =>
    usesOf(ref, { where: `key ${key}`, key }, isSecret ? decodeBase64(value, decodedMax) : value)
  );
}

/** Where the variables and commands of a pod talk to. */
export function podAddresses(ref: ObjectRef, spec: PodSpec): readonly AddressUse[] {
  return containersOf(spec).flatMap(({ name, env = [], command = [], args = [] }) => [
    ...env.flatMap((variable) =>
      usesOf(ref, { where: `env ${variable.name}`, key: variable.name }, variable.value ?? '')
    ),
    ...[...command, ...args].flatMap((word) => usesOf(ref, { where: `command of ${name}`, key: '' }, word)),
  ]);
}

function usesOf(
  ref: ObjectRef,
  { where, key }: { readonly where: string; readonly key: string },
  text: string
): AddressUse[] {
  return findAddresses(key, text).map((address) => ({ ...address, ref, where }));
}
