import { discriminatorOf, schemaOfKind, type JsonSchema } from '../../src/config/json-schema.ts';
import { apiVersion, nameOfKind, type DocumentKind } from '../../src/config/kind.ts';

/** The keys of each kind as tables, from the schema that reads them. */
export function configurationPage(kinds: readonly DocumentKind[]): string[] {
  return [
    `A file holds any number of YAML documents, each with \`apiVersion: ${apiVersion}\`, a \`kind\`, \`metadata.name\` and \`spec\`.`,
    'Documents refer to each other by name; relative paths are relative to the file; `~` is the home directory.',
    'Times are written `30s`, `10m`, `1h30m`. Secrets are never in the file, only references to them:',
    '`{ file: PATH }` or `{ env: NAME }`, read when they are needed.',
    '',
    'For completion in editors, put this line first: `# yaml-language-server: $schema=landfall.schema.json` (with the path to that file).',
    '`landfall validate -f FILE` reports all problems of a file at once.',
    '',
    ...kinds.flatMap(kindSection),
  ];
}

function kindSection(kind: DocumentKind): string[] {
  const spec = schemaOfKind(kind).properties?.['spec'] ?? {};
  const variants = spec.oneOf ?? [spec];
  const key = discriminatorOf(spec);
  return [
    `## ${nameOfKind(kind)}`,
    '',
    kind.introduction,
    '',
    ...variants.flatMap((variant) => {
      const title = key === undefined ? [] : [`### ${key}: ${String(variant.properties?.[key]?.const)}`, ''];
      return [...title, '| key | value | default | meaning |', '|--|--|--|--|', ...rows(variant, 'spec'), ''];
    }),
  ];
}

/** A table row for each key of a schema, those inside of it below. */
export function rows(schema: JsonSchema, path: string): string[] {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => {
    const here = `${path}.${key}`;
    const cells = [`\`${here}\``, typeText(inner), defaultText(inner, required.has(key)), inner.description ?? ''];
    const items = inner.items?.properties === undefined ? [] : rows(inner.items, `${here}[]`);
    return [`| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`, ...rows(inner, here), ...items];
  });
}

function itemsText(items: JsonSchema): string {
  const text = typeText(items);
  return text === mapText ? 'maps' : `${text}s`;
}

const mapText = 'map with the keys below';

function typeText(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.anyOf !== undefined) return typeText(schema.anyOf.at(-1) ?? {});
  switch (schema.type) {
    case 'array':
      return `list of ${itemsText(schema.items ?? {})}`;
    case 'object':
      return schema.properties === undefined ? 'map' : mapText;
    case 'string':
      return 'text';
    case 'integer':
    case 'number':
      return 'number';
    case 'boolean':
      return '`true`, `false`';
    default:
      return 'any value';
  }
}

function defaultText(schema: JsonSchema, required: boolean): string {
  if (required) return '**required**';
  const value = schema.default;
  if (value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0))
    return '';
  return value === '' ? 'empty' : `\`${JSON.stringify(value)}\``;
}
