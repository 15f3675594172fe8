import { LandfallError } from '../errors.ts';
import { groupResource, type ApiResource } from '../resource.ts';
import type { Finding } from '../run/events.ts';
import { hiddenFields, type DefinitionVersions } from './definition-versions.ts';

/** Fields of objects that are stored in a version and that the version they are read in does not show. */
export interface HiddenIn {
  readonly version: string;
  /** True: objects are written in this version now; false: only some from earlier may still be stored in it. */
  readonly isStorage: boolean;
  readonly fields: readonly string[];
}

export interface ChosenVersion {
  readonly resource: ApiResource;
  readonly hidden: readonly HiddenIn[];
}

const fieldsNamed = 5;
const objectsNamed = 3;

/**
 * Chooses the version to read a custom kind in: the one proposed, unless another one that both sides serve shows more of
 * what is stored. The stored version comes first among them. What the target does not serve yet comes with the definition.
 */
export function chooseVersion(
  proposed: ApiResource,
  definition: DefinitionVersions,
  { source, target }: { readonly source: readonly ApiResource[]; readonly target: readonly ApiResource[] }
): ChosenVersion {
  const same = (one: ApiResource): boolean => one.group === proposed.group && one.plural === proposed.plural;
  const there = target.filter(same).map(({ version }) => version);
  const usable = source.filter((one) => same(one) && (there.length === 0 || there.includes(one.version)));
  const stored = usable.filter(({ version }) => version === definition.storage);
  const judged = [proposed, ...stored, ...usable].map((resource) => ({
    resource: resourceOf(resource),
    hidden: hiddenFrom(definition, resource.version),
  }));
  const [first] = judged;
  const least = [...judged].sort((left, right) => weight(left) - weight(right))[0] ?? first;
  return least ?? { resource: proposed, hidden: [] };
}

/** Without what only discovery says of it. */
function resourceOf({ group, version, kind, plural, namespaced, verbs, subresources }: ApiResource): ApiResource {
  return { group, version, kind, plural, namespaced, verbs, subresources };
}

function hiddenFrom(definition: DefinitionVersions, asked: string): readonly HiddenIn[] {
  return [...new Set([definition.storage, ...definition.stored])].flatMap((version) => {
    const fields = hiddenFields(definition, version, asked);
    return fields.length === 0 ? [] : [{ version, isStorage: version === definition.storage, fields }];
  });
}

/** What the stored version of today hides weighs more than anything from earlier. */
function weight({ hidden }: ChosenVersion): number {
  return hidden.reduce((sum, { isStorage, fields }) => sum + fields.length * (isStorage ? 10_000 : 1), 0);
}

/** What is said of objects whose fields cannot be read. A blocker where they are stored so now, or were seen. */
export function hiddenFieldsFinding(
  resource: ApiResource,
  { version, isStorage, fields }: HiddenIn,
  names: readonly string[]
): Finding {
  const { fix } = new LandfallError('STORED_FIELDS_HIDDEN', { what: '' }).detail;
  const shown = fields.slice(0, fieldsNamed).join(', ');
  const more = fields.length > fieldsNamed ? ` and ${fields.length - fieldsNamed} more` : '';
  const others = names.length > objectsNamed ? ` and ${names.length - objectsNamed} more` : '';
  return {
    code: 'STORED_FIELDS_HIDDEN',
    severity: isStorage ? 'blocker' : 'warning',
    subject: `${names.slice(0, objectsNamed).join(', ')}${others}`,
    message:
      `${groupResource(resource)} ${isStorage ? 'is stored' : 'may still be stored'} as ${version} with ${shown}${more}, ` +
      `which reading as ${resource.version} does not show, and source and target have no common version that does`,
    remedy: fix,
    side: 'source',
  };
}
