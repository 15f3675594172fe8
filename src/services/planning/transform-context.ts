import type { IndexEntry } from '../../archive/entry.ts';
import { readIndexParts } from '../../archive/index-file.ts';
import type { MergedIndex } from '../../archive/index-file.ts';
import { readObjects } from '../../archive/read-objects.ts';
import { transformContext } from '../../core/transform/transform-context.ts';
import type { ApiResource } from '../../core/resource.ts';
import { decideRestored } from '../../core/select/decide-restored.ts';
import type { RunSpec } from '../../core/spec/spec.ts';
import { readHead } from '../../core/select/head.ts';
import { transformObject } from '../../core/transform/transform-object.ts';
import { withTranslation } from '../../translate/between.ts';
import type { Translation } from '../../core/profile/cluster-profile.ts';
import { resourceOf } from '../capture/stored-capture.ts';
import { textOf } from '../objects/text.ts';
import type { Session } from '../session.ts';

export { transformContext } from '../../core/transform/transform-context.ts';

/** Kinds the target serves now, and those it will once the captured definitions are applied that are not excluded. */
export async function servedOrPlanned(
  session: Session<'target'>,
  index: MergedIndex,
  { signal, translation }: { readonly signal: AbortSignal; readonly translation?: Translation | undefined }
): Promise<readonly ApiResource[]> {
  const { resources } = await session.target.discover({ signal });
  const served: ApiResource[] = resources.map(({ preferred: _, ...resource }) => resource);
  // A definition the target has already stays as it is there, whatever the policy.
  const isKept = ({ group, kind }: ApiResource): boolean =>
    resources.some((there) => there.group === group && there.kind === kind);
  const definitions: IndexEntry[] = [];
  for await (const entry of readIndexParts(session.location, index.parts, { signal })) {
    if (entry.plural === 'customresourcedefinitions' && isRestored(session.spec, entry)) definitions.push(entry);
  }
  // Asked before anything is known to be served: a rule that leaves a definition out says so by itself.
  const context = withTranslation(transformContext(session.spec, []), translation);
  for await (const { entry, bytes } of readObjects(session.location, definitions, { signal })) {
    const text = textOf(bytes);
    const resource = resourceOf(entry);
    if (transformObject({ head: readHead(text, resource), text, resource }, context).excluded !== undefined) continue;
    served.push(...servedBy(JSON.parse(text) as Definition).filter((one) => !isKept(one)));
  }
  return served;
}

function isRestored({ scope, point }: RunSpec, entry: IndexEntry): boolean {
  const { namespace, name } = entry;
  return point === undefined || decideRestored({ resource: entry, namespace, name }, { scope, point }).in;
}

interface Definition {
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: { readonly kind: string; readonly plural: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean; readonly subresources?: object }[];
  };
}

function servedBy({ spec }: Definition): ApiResource[] {
  return spec.versions
    .filter(({ served }) => served)
    .map(({ name, subresources = {} }) => ({
      group: spec.group,
      version: name,
      kind: spec.names.kind,
      plural: spec.names.plural,
      namespaced: spec.scope === 'Namespaced',
      verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
      subresources: Object.keys(subresources),
    }));
}
