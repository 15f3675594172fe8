import { LandfallError } from '../../core/errors.ts';
import { loadText } from '../../model/load-file.ts';
import { chooseNamed } from '../../runs/choose.ts';

/** What a restore is asked for without a document. */
export interface HandFlags {
  readonly to?: string;
  readonly location?: string;
  readonly namespaceMapping?: readonly string[];
  readonly storageClass?: readonly string[];
  readonly include?: readonly string[];
  readonly existing?: string;
  readonly withoutVolumes?: boolean;
}

/** A Restore document as a person would have written it. */
interface WrittenRestore {
  readonly kind: 'Restore';
  readonly metadata: { readonly name: string };
  readonly spec: object;
}

/**
 * The Restore document that flags stand for: it is checked like one of the file. Throws CONFIG_INVALID for a flag that is not of
 * its form.
 */
export async function writtenRestore(
  point: string,
  {
    to = '',
    location,
    namespaceMapping = [],
    storageClass = [],
    include = [],
    existing,
    withoutVolumes,
    file,
  }: HandFlags & { readonly file: string },
  text: string
): Promise<WrittenRestore> {
  const { locations, restores } = await loadText(text, file);
  const { name } = chooseNamed(locations, location === undefined ? { file } : { file, name: location }, 'Location');
  return {
    kind: 'Restore',
    metadata: {
      name: freeName(
        to,
        restores.map((one) => one.name)
      ),
    },
    spec: {
      ...{ location: name, target: to, point },
      namespaceMapping: Object.fromEntries(namespaceMapping.map((text) => pairOf('--namespace-mapping', text))),
      storageClasses: Object.fromEntries(storageClass.map((text) => pairOf('--storage-class', text))),
      include: include.map(namedOf),
      ...(existing === undefined ? {} : { existingResourcePolicy: existing }),
      ...(withoutVolumes === true ? { volumes: { mode: 'none' } } : {}),
    },
  };
}

/** What belongs to a restore by one hand is not taken for nothing. Throws CONFIG_INVALID. */
export function refuseHandFlags({
  location,
  namespaceMapping,
  storageClass,
  include,
  existing,
  withoutVolumes,
}: HandFlags): void {
  const given = {
    '--location': location !== undefined,
    '--namespace-mapping': (namespaceMapping ?? []).length > 0,
    '--storage-class': (storageClass ?? []).length > 0,
    '--include': (include ?? []).length > 0,
    '--existing': existing !== undefined,
    '--without-volumes': withoutVolumes === true,
  };
  const [flag] = Object.entries(given).find(([, isGiven]) => isGiven) ?? [];
  if (flag === undefined) return;
  throw new LandfallError('CONFIG_INVALID', {
    what: `${flag} is for a restore without a document, and --to does not say where to`,
    fix: 'add --to CLUSTER, or write it into the Restore document',
  });
}

/** A run is called after it; a Restore of the file may have the name already. */
function freeName(to: string, used: readonly string[]): string {
  const base = `restore-to-${to}`.slice(0, 60).replace(/-+$/u, '');
  return used.includes(base) ? `${base}-2` : base;
}

function pairOf(flag: string, text: string): readonly [string, string] {
  const [from = '', to = '', ...others] = text.split('=');
  if (from !== '' && to !== '' && others.length === 0) return [from, to];
  throw new LandfallError('CONFIG_INVALID', {
    what: `${flag} ${text} does not name two things`,
    fix: `write FROM=TO, such as ${flag === '--storage-class' ? 'vsan=gp3' : 'shop=shop-restored'}`,
  });
}

function namedOf(text: string): { readonly kind: string; readonly namespace?: string; readonly name: string } {
  const parts = text.split('/');
  const [kind = '', ...path] = parts;
  const name = path.at(-1) ?? '';
  const namespace = path.length === 2 ? path[0] : undefined;
  if (kind !== '' && name !== '' && path.length <= 2 && namespace !== '') {
    return { kind, name, ...(namespace === undefined ? {} : { namespace }) };
  }
  throw new LandfallError('CONFIG_INVALID', {
    what: `--include ${text} does not name objects`,
    fix: 'write KIND/NAME or KIND/NAMESPACE/NAME, such as configmap/settings or deploy/shop/web',
  });
}
