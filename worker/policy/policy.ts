import type { AzureLocationSpec, GcsLocationSpec, S3LocationSpec } from '../../src/core/spec/spec.ts';

/** A Location in an object store, of whichever provider. */
export type StoreSpec = S3LocationSpec | AzureLocationSpec | GcsLocationSpec;

/** What a run would have the worker use. */
export type Use =
  | { readonly kind: 'kubeconfig'; readonly path: string; readonly server?: string }
  /** A credential plugin: a file, or the key of a kubeconfig with a line for a shell. */
  | { readonly kind: 'program'; readonly path: string; readonly isShellLine?: true }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'store'; readonly spec: StoreSpec }
  /** Who issues credentials, and is sent a token or keys for them; not the one of the cloud itself. */
  | { readonly kind: 'issuer'; readonly url: string }
  | { readonly kind: 'hooks' };

/** What the operator of a worker allows, in one place. */
export interface Policy {
  /** The reason when a use is not allowed; undefined when it is. */
  refusal(use: Use): Promise<string | undefined>;
  /** What the operator does to allow it. */
  remedy(use: Use): string;
}

/** The rule of a WorkerPolicy that allows a use, with the key it belongs to. */
export function ruleFor(use: Use): string {
  switch (use.kind) {
    case 'kubeconfig':
      return `spec.clusters: [{ kubeconfig: ${use.path} }]`;
    case 'program':
      return `spec.programs: [${use.path}]`;
    case 'file':
      return `spec.files: [${use.path}]`;
    case 'variable':
      return `spec.environment: [${use.name}]`;
    case 'directory':
      return `spec.locations: [{ path: ${use.path} }]`;
    case 'store':
      return `spec.locations: [{ ${storeRule(use.spec)} }]`;
    case 'issuer':
      return `spec.issuers: ['${use.url}']`;
    case 'hooks':
      return 'spec.hooks: true';
  }
}

function storeRule(spec: StoreSpec): string {
  const store = nameOfStore(spec);
  const prefix = spec.prefix === '' ? '' : `, prefix: ${spec.prefix}`;
  return `${store}${prefix}${spec.endpoint === undefined ? '' : `, endpoint: '${spec.endpoint}'`}`;
}

function nameOfStore(spec: StoreSpec): string {
  switch (spec.provider) {
    case 's3':
      return `bucket: ${spec.bucket}`;
    case 'azure':
      return `account: ${spec.account}, container: ${spec.container}`;
    case 'gcs':
      return `provider: gcs, bucket: ${spec.bucket}`;
  }
}

/** A use as messages name it. */
export function nameOf(use: Use): string {
  switch (use.kind) {
    case 'kubeconfig':
      return use.server === undefined ? `the kubeconfig ${use.path}` : `the API server ${use.server} of ${use.path}`;
    case 'program':
      return `the program ${use.path}`;
    case 'file':
      return `the file ${use.path}`;
    case 'variable':
      return `the environment variable ${use.name}`;
    case 'directory':
      return `the directory ${use.path}`;
    case 'store':
      return `the store { ${storeRule(use.spec)} }`;
    case 'issuer':
      return `the issuer of credentials ${use.url}`;
    case 'hooks':
      return 'hooks: commands in pods of the source';
  }
}

/** The policy of a worker whose operator has given none: nothing is allowed. */
export const nothingAllowed: Policy = {
  refusal: () => Promise.resolve('the worker was started without a policy'),
  remedy: (use) => `start the worker with --policy FILE, a WorkerPolicy with ${ruleFor(use)}`,
};
