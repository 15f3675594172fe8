import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import {
  BatchV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  NetworkingV1Api,
  RbacAuthorizationV1Api,
} from '@kubernetes/client-node';
import type { Task, TaskResult } from './contestant.ts';
import { definition, objectsOf } from './fixture.ts';
import { measure } from './measure.ts';

/**
 * The way most people write such a tool: the client library with its typed lists and creates, one after the other, and
 * one tar.gz with a file an object. Not a target; it shows what the effort is worth.
 */

type CaptureTask = Extract<Task, { readonly type: 'plain.capture' }>;
type ApplyTask = Extract<Task, { readonly type: 'plain.apply' }>;

interface Page {
  readonly items: readonly object[];
  readonly metadata?: { readonly _continue?: string; readonly continue?: string };
}

interface TypedKind {
  list(namespace: string, limit: number, token: string | undefined): Promise<Page>;
  create(namespace: string, body: object): Promise<unknown>;
}

function typedKinds(kubeconfig: string): Readonly<Record<string, TypedKind>> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  const rbac = config.makeApiClient(RbacAuthorizationV1Api);
  const batch = config.makeApiClient(BatchV1Api);
  const network = config.makeApiClient(NetworkingV1Api);
  const custom = config.makeApiClient(CustomObjectsApi);
  const { spec } = definition.object as { readonly spec: { readonly group: string } };
  const widgets = { group: spec.group, version: 'v1', plural: 'widgets' };
  const listing = (namespace: string, limit: number, token: string | undefined) => ({
    namespace,
    limit,
    ...(token === undefined ? {} : { _continue: token }),
  });
  return {
    ConfigMap: {
      list: (...page) => core.listNamespacedConfigMap(listing(...page)),
      create: (namespace, body) => core.createNamespacedConfigMap({ namespace, body }),
    },
    Secret: {
      list: (...page) => core.listNamespacedSecret(listing(...page)),
      create: (namespace, body) => core.createNamespacedSecret({ namespace, body }),
    },
    ServiceAccount: {
      list: (...page) => core.listNamespacedServiceAccount(listing(...page)),
      create: (namespace, body) => core.createNamespacedServiceAccount({ namespace, body }),
    },
    Service: {
      list: (...page) => core.listNamespacedService(listing(...page)),
      create: (namespace, body) => core.createNamespacedService({ namespace, body }),
    },
    Role: {
      list: (...page) => rbac.listNamespacedRole(listing(...page)),
      create: (namespace, body) => rbac.createNamespacedRole({ namespace, body: body as never }),
    },
    RoleBinding: {
      list: (...page) => rbac.listNamespacedRoleBinding(listing(...page)),
      create: (namespace, body) => rbac.createNamespacedRoleBinding({ namespace, body: body as never }),
    },
    CronJob: {
      list: (...page) => batch.listNamespacedCronJob(listing(...page)),
      create: (namespace, body) => batch.createNamespacedCronJob({ namespace, body: body as never }),
    },
    NetworkPolicy: {
      list: (...page) => network.listNamespacedNetworkPolicy(listing(...page)),
      create: (namespace, body) => network.createNamespacedNetworkPolicy({ namespace, body }),
    },
    Widget: {
      list: async (...page) => (await custom.listNamespacedCustomObject({ ...widgets, ...listing(...page) })) as Page,
      create: (namespace, body) => custom.createNamespacedCustomObject({ ...widgets, namespace, body }),
    },
  };
}

/** Lists kind by kind, page by page, into one tar.gz. */
export function plainCapture({ kubeconfig, namespaces, file }: CaptureTask): Promise<TaskResult> {
  const kinds = typedKinds(kubeconfig);
  return measure(async () => {
    const gzip = createGzip();
    const written = finished(gzip.pipe(createWriteStream(file)));
    let objects = 0;
    const lists = namespaces.flatMap((namespace) =>
      Object.entries(kinds).map(([kind, { list }]) => ({ kind, list, namespace }))
    );
    for (const { kind, list, namespace } of lists) {
      let token: string | undefined;
      do {
        const page = await list(namespace, 500, token);
        for (const item of page.items) {
          objects += 1;
          const content = Buffer.from(JSON.stringify(item));
          const entry = [tarHeader(`${kind}/${objects}.json`, content.length), content, padding(content)];
          if (!gzip.write(Buffer.concat(entry))) await once(gzip, 'drain');
        }
        token = page.metadata?._continue ?? page.metadata?.continue;
      } while (token !== undefined && token !== '');
    }
    gzip.end(Buffer.alloc(1_024));
    await written;
    return { objects };
  });
}

/** Creates one object after the other. */
export function plainApply({ kubeconfig, namespace, count }: ApplyTask): Promise<TaskResult> {
  const kinds = typedKinds(kubeconfig);
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  const objects = [...objectsOf(namespace, count)].map(({ object }) => object as { readonly kind: string });
  return measure(async () => {
    await core.createNamespace({ body: { metadata: { name: namespace } } });
    for (const object of objects) await kinds[object.kind]?.create(namespace, object);
    return { objects: objects.length };
  });
}

/** A ustar header (POSIX.1-1988): name, mode, owner, size and time in octal, and their checksum. */
function tarHeader(name: string, sizeBytes: number): Buffer {
  const header = Buffer.alloc(512);
  const octal = (value: number, width: number): string => `${value.toString(8).padStart(width, '0')}\0`;
  header.write(name, 0);
  header.write(octal(0o644, 7) + octal(0, 7) + octal(0, 7) + octal(sizeBytes, 11) + octal(0, 11), 100, 'latin1');
  header.write('        0', 148, 'latin1');
  header.write('ustar\0' + '00', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

function padding(content: Buffer): Buffer {
  return Buffer.alloc((512 - (content.length % 512)) % 512);
}
