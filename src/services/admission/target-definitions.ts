import { compareDefinitions, schemaOf } from '../../core/existing/definition.ts';
import { definitionFinding, prunedFinding } from '../../core/existing/findings.ts';
import { existingPolicyOf } from '../../core/existing/object-policy.ts';
import { prunedFields } from '../../core/existing/pruned-fields.ts';
import { isLandfallError } from '../../core/errors.ts';
import { isBuiltInGroup } from '../../core/graph/groups.ts';
import { parseDocument, valueOf } from '../../core/json/node.ts';
import type { ApiResource, ObjectRef } from '../../core/resource.ts';
import type { Finding } from '../../core/run/events.ts';
import type { ExistingPolicy } from '../../core/spec/spec.ts';
import { conversionFinding, conversionOf, travellingConversion } from '../../core/existing/conversion.ts';
import type { Conversion } from '../../core/existing/conversion.ts';
import { lookAt } from './target-webhooks.ts';
import { unreadableFinding } from './unreadable-finding.ts';
import { textOf } from '../objects/text.ts';
import type { Session } from '../session.ts';

const definitionResource: ApiResource = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
  verbs: ['get'],
  subresources: [],
};

interface Pruned {
  readonly definition: string;
  readonly version: string;
  readonly paths: Set<string>;
  readonly objects: ObjectRef[];
  readonly policy: ExistingPolicy;
}

/** Holds planned objects against the definitions the target has already: they stay as they are. */
export interface TargetDefinitions {
  /** Looks at one object on its way into the plan. */
  probe(planned: { readonly ref: ObjectRef; readonly resource: ApiResource }, text: string): Promise<void>;
  findings(): Promise<readonly Finding[]>;
}

/** Opens the definitions of the target; each is read once, when an object of its kind comes. */
export function openTargetDefinitions(session: Session<'target'>, signal: AbortSignal): TargetDefinitions {
  const { target, spec } = session;
  const known = new Map<string, Promise<string | undefined>>();
  const pruned = new Map<string, Pruned>();
  const findings: Finding[] = [];
  const converted = new Map<string, Conversion>();
  let unreadable = false;

  const read = (name: string): Promise<string | undefined> => {
    const asked = known.get(name) ?? readDefinition(name);
    known.set(name, asked);
    return asked;
  };
  const readDefinition = async (name: string): Promise<string | undefined> => {
    try {
      const live = await target.get({ resource: definitionResource, namespace: '', name }, { signal });
      return live === undefined ? undefined : textOf(live.bytes);
    } catch (error) {
      if (!isLandfallError(error, 'CLUSTER_FORBIDDEN')) throw error;
      unreadable = true;
      return undefined;
    }
  };

  return {
    async probe({ ref, resource }, text) {
      if (resource.kind === definitionResource.kind && resource.group === definitionResource.group) {
        const live = await read(ref.name);
        const difference = live === undefined ? undefined : compareDefinitions(text, live);
        if (difference !== undefined) findings.push(definitionFinding(target.name, ref.name, difference));
        if (live === undefined && !unreadable) findings.push(...travellingConversion(ref.name, text));
        return;
      }
      if (isBuiltInGroup(resource.group)) return;
      const definition = `${resource.plural}.${resource.group}`;
      const live = await read(definition);
      if (live === undefined) return;
      const conversion = converted.get(definition) ?? conversionOf(definition, live);
      if (conversion !== undefined) {
        converted.set(definition, conversion);
        conversion.versions.add(resource.version);
      }
      const paths = prunedFields(valueOf(parseDocument(text)), schemaOf(live, resource.version));
      if (paths.length === 0) return;
      const policy = existingPolicyOf(spec, { ref, resource });
      const key = `${definition} ${resource.version} ${policy}`;
      const found = pruned.get(key) ?? { definition, version: resource.version, paths: new Set(), objects: [], policy };
      pruned.set(key, found);
      for (const path of paths) found.paths.add(path);
      found.objects.push(ref);
    },
    findings: async () => [
      ...findings,
      ...(await Promise.all([...converted.values()].map((one) => judgeConversion(target, one, signal)))).flat(),
      ...[...pruned.values()].map((one) => prunedFinding(target.name, one, one.policy)),
      ...(unreadable ? [unreadableFinding('DEFINITIONS_UNREADABLE', target.name)] : []),
    ],
  };
}

/** A service that answers says nothing; what may be dead is said, and stops the run where a version has to be converted. */
async function judgeConversion(
  target: Session<'target'>['target'],
  conversion: Conversion,
  signal: AbortSignal
): Promise<readonly Finding[]> {
  const { service } = conversion;
  if (service === undefined) return [];
  const { why, isDead } = await lookAt(target, service, signal);
  return why === '' ? [] : [conversionFinding(conversion, { why, isDead })];
}
