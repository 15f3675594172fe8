import { basename } from 'node:path';
import { isJsonObject } from '../../core/json/value.ts';
import { parseApiVersion } from '../../core/resource.ts';
import type { TransformSpec } from '../../core/spec/spec.ts';
import { configProblem, type ConfigProblem } from '../../config/problem.ts';
import { parseYaml, type YamlDocument } from '../../config/yaml.ts';

/** Kinds whose place no file may take, and why. */
const refused: Readonly<Record<string, string>> = {
  Secret: 'is a Secret, and the input of a run is stored',
  PersistentVolumeClaim: 'is a claim, which the run binds to the volume it moves',
  PersistentVolume: 'is a volume, which the run creates itself',
};

/**
 * Reads what `kustomize build` or `helm template` wrote: a transform for each object, that puts it in the place of the one
 * with its identity on the target. Nothing is executed. Objects without a namespace are cluster-scoped, or those of
 * `namespace`, the only one that moves. Problems are all reported at once, with their line.
 */
export function readRendered(
  text: string,
  file: string,
  namespace: string | undefined
): { readonly transforms: readonly TransformSpec[]; readonly problems: readonly ConfigProblem[] } {
  const { documents, problems } = parseYaml(text, file);
  const found: ConfigProblem[] = [...problems];
  const transforms = new Map<string, TransformSpec>();
  for (const document of documents) {
    const transform = transformOf(document, namespace);
    if ('hint' in transform) found.push(configProblem({ file, at: document.start, path: '', ...transform }));
    else if (transforms.has(transform.name))
      found.push(
        configProblem({ file, at: document.start, path: '', what: `has ${transform.name} twice`, hint: 'keep one' })
      );
    else transforms.set(transform.name, transform);
  }
  if (documents.length === 0 && found.length === 0)
    found.push(
      configProblem({
        file,
        at: { line: 1, column: 1 },
        path: '',
        what: 'has no object',
        hint: 'write the output of kustomize build or helm template to it',
      })
    );
  return { transforms: [...transforms.values()], problems: found };
}

type Refusal = { readonly what: string; readonly hint: string };

function transformOf({ value, file }: YamlDocument, only: string | undefined): TransformSpec | Refusal {
  const content = isJsonObject(value) ? value : {};
  const { apiVersion, kind } = content;
  const metadata = isJsonObject(content['metadata']) ? content['metadata'] : {};
  const { name, namespace } = metadata;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || typeof name !== 'string')
    return { what: 'has a document that is no object', hint: 'each needs apiVersion, kind and metadata.name' };
  const { group } = parseApiVersion(apiVersion);
  const why = group === '' && Object.hasOwn(refused, kind) ? refused[kind] : undefined;
  if (why !== undefined)
    return { what: `has ${kind} ${name}, which ${why}`, hint: 'remove it from the file; it is moved from the source' };
  const place = typeof namespace === 'string' ? `${namespace}/${name}` : name;
  return {
    name: `${basename(file)}:${kind}${group === '' ? '' : `.${group}`}/${place}`,
    match: {
      kinds: [group === '' ? kind : `${kind}.${group}`],
      namespaces: [],
      name: `^${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`,
      labelSelector: '',
    },
    patch: [],
    manifest: {
      content,
      namespaces: typeof namespace === 'string' ? [namespace] : ['', ...(only === undefined ? [] : [only])],
    },
    reason: `${basename(file)} contains the object as it should be on the target`,
  };
}
