import { undoFieldManagerOf } from '../identity/names.ts';
import type { JsonValue } from '../json/value.ts';
import { isJsonObject } from '../json/value.ts';

/** One entry of metadata.managedFields. */
export interface Writer {
  readonly manager: string;
  readonly operation: string;
  readonly subresource: string;
  readonly time: string;
  readonly fields: { readonly [key: string]: JsonValue };
}

/** Everybody who has written to an object, as the API server recorded it with each write. */
export function writersOf(metadata: JsonValue | undefined): readonly Writer[] {
  const entries = isJsonObject(metadata) ? metadata['managedFields'] : undefined;
  if (!Array.isArray(entries)) return [];
  return (entries as readonly JsonValue[]).flatMap((entry): Writer[] => {
    if (!isJsonObject(entry)) return [];
    const text = (key: string): string => (typeof entry[key] === 'string' ? entry[key] : '');
    const fields = entry['fieldsV1'];
    return [
      {
        ...{ manager: text('manager'), operation: text('operation'), subresource: text('subresource') },
        ...{ time: text('time'), fields: isJsonObject(fields) ? fields : {} },
      },
    ];
  });
}

/** This run, on its way forward or back. */
export function isRun(writer: Pick<Writer, 'manager'>, fieldManager: string): boolean {
  return writer.manager === fieldManager || writer.manager === undoFieldManagerOf(fieldManager);
}

/** Tools with which people and delivery pipelines write: whoever does so relies on the object, whatever it was that they wrote. */
const hands =
  /^(?:kubectl|oc$|helm|argocd|kustomize-controller|helm-controller|flux|kapp|fleet|terraform|hashicorp|pulumi|ansible|k9s|lens|openlens|freelens|node-fetch|mozilla|dashboard|python-requests|openapi-generator|landfall-)/i;

/**
 * Who beside this run has written what the run did not: another run, a person, a delivery pipeline. Not programs of the
 * cluster. Of a writer nobody knows, such as a script, the content counts: marks in metadata are written by many programs.
 */
export function takenOverBy(writers: readonly Writer[], fieldManager: string): Writer | undefined {
  return writers.find(
    (writer) =>
      writer.subresource !== 'status' &&
      !isRun(writer, fieldManager) &&
      (hands.test(writer.manager) || (!controllers.test(writer.manager) && hasContent(writer)))
  );
}

/** Whether anything but metadata and status is among the fields of a writer. */
function hasContent({ fields }: Writer): boolean {
  return Object.keys(fields).some((key) => key !== 'f:metadata' && key !== 'f:status' && key !== '.');
}

/** Programs of the cluster: what they make and write follows from what is there. `manager` is what kubebuilder names them. */
const controllers =
  /controller|operator|scheduler|^manager$|^kubelet$|^kube-|^k3s$|cert-manager|cainjector|csi|snapshotter|provisioner|populator|calico|cilium|antrea|istio|pilot|linkerd|envoy|kyverno|gatekeeper|autoscaler|^vpa|keda|karpenter|webhook|-agent|^rancher$|^(?:reloader|kopf|descheduler|reflector|replicator|metallb|velero|virt-|cdi-|crossplane|external-|vault|multus|coredns)/i;

/** Who has made an object that is not of the run, when it is not a program of the cluster. */
export function madeBySomebody(writers: readonly Writer[], fieldManager: string): string {
  const writer = writers.find(
    (one) =>
      one.subresource !== 'status' &&
      !isRun(one, fieldManager) &&
      (hands.test(one.manager) || !controllers.test(one.manager))
  );
  return writer?.manager ?? '';
}

/** uids of the controllers that have adopted an object, as somebody else than the run has written them. */
export function adoptersOf(writers: readonly Writer[], fieldManager: string): ReadonlySet<string> {
  const uids = new Set<string>();
  for (const writer of writers) {
    const metadata = writer.fields['f:metadata'];
    const owners = isJsonObject(metadata) ? metadata['f:ownerReferences'] : undefined;
    if (!isJsonObject(owners) || isRun(writer, fieldManager)) continue;
    for (const key of Object.keys(owners)) {
      const [, uid] = /^k:\{"uid":"([^"]+)"\}$/.exec(key) ?? [];
      if (uid !== undefined) uids.add(uid);
    }
  }
  return uids;
}

/** Finalizers this run wrote: nobody else is known to need them. */
export function ownFinalizers(writers: readonly Writer[], fieldManager: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const writer of writers) {
    const metadata = writer.fields['f:metadata'];
    const finalizers = isJsonObject(metadata) ? metadata['f:finalizers'] : undefined;
    if (!isJsonObject(finalizers)) continue;
    for (const key of Object.keys(finalizers)) {
      if (!key.startsWith('v:')) continue;
      const name = JSON.parse(key.slice(2)) as string;
      if (isRun(writer, fieldManager)) names.add(name);
    }
  }
  return names;
}
