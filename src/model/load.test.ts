import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LandfallError } from '../core/errors.ts';
import { loadFile, loadText } from './load-file.ts';
import type { ConfigProblem } from '../config/problem.ts';

const cluster = (name: string, context = name): string => `apiVersion: landfall.dev/v1alpha1
kind: Cluster
metadata: {name: ${name}}
spec:
  kubeconfig: {path: ~/.kube/config, context: ${context}}
`;
const store = `apiVersion: landfall.dev/v1alpha1
kind: Location
metadata: {name: store}
spec:
  provider: s3
  bucket: backups
  endpoint: http://127.0.0.1:9000
  prefix: landfall
  credentials: {file: ./credentials}
  encryption: none
  repositoryPassword: {env: PASSWORD}
`;
const migration = (extra = '', scope = '{namespaces: [shop]}'): string => `apiVersion: landfall.dev/v1alpha1
kind: Migration
metadata: {name: shop}
spec:
  source: one
  target: two
  location: store
  scope: ${scope}
${extra}`;

/** A Location in a bucket of Google's in place of the S3 one. */
const google = (keys: string): string =>
  `${store.slice(0, store.indexOf('  provider:'))}  provider: gcs\n  bucket: backups\n  encryption: none\n  repositoryPassword: {env: PASSWORD}\n${keys}`;
const recipient = 'age1k5vfkdy4slnmfx3f5zdy6j3wwmqmwkjz5z9cgnrkls33f5avt34qh38p9l';

function file(...documents: readonly string[]): string {
  return documents.join('---\n');
}

function whole(extra = '', scope?: string): string {
  return file(cluster('one'), cluster('two'), store, migration(extra, scope));
}

async function problemsOf(text: string): Promise<readonly ConfigProblem[]> {
  const error: unknown = await loadText(text, 'landfall.yaml').then(
    () => undefined,
    (caught: unknown) => caught
  );
  if (!(error instanceof LandfallError)) throw new Error('expected a LandfallError', { cause: error });
  expect(error.code).toBe('CONFIG_INVALID');
  return error.problems as readonly ConfigProblem[];
}

async function reported(text: string): Promise<string[]> {
  return (await problemsOf(text)).map((one) => `${one.line}:${one.column} ${one.what} | ${one.fix}`);
}

describe('loadText of a valid file', () => {
  it('keeps the sites of clusters and locations', async () => {
    const text = file(`${cluster('one')}  site: cellar\n`, cluster('two'), `${store}  site: aws-eu\n`, migration());
    const [spec] = (await loadText(text, 'landfall.yaml')).migrations;
    expect([spec?.source.site, spec?.target.site, spec?.location.site]).toEqual(['cellar', undefined, 'aws-eu']);
    const wrong = file(`${cluster('one')}  site: Cellar_1\n`, cluster('two'), store, migration());
    expect(await reported(wrong)).toEqual([expect.stringContaining('a DNS label')]);
  });

  it('keeps fields to match and a strategic patch', async () => {
    const rule = '{name: a, match: {fields: [{path: /spec/type, value: NodePort}]}, strategicPatch: {spec: {x: 1}}}';
    const { migrations } = await loadText(whole(`  transforms: [${rule}]\n`), '/etc/landfall/landfall.yaml');
    expect(migrations[0]?.transforms[0]).toMatchObject({
      match: { fields: [{ path: '/spec/type', value: 'NodePort' }] },
      patch: [],
      strategicPatch: { spec: { x: 1 } },
    });
  });

  it('moves volumes through an encrypted Location without a password of its own, with absolute paths', async () => {
    const encryption = `encryption: {recipients: [${recipient}], identity: {file: ./id}, signer: ${'a'.repeat(64)}}`;
    const text = whole().replace('  encryption: none\n  repositoryPassword: {env: PASSWORD}\n', `  ${encryption}\n`);
    const { locations } = await loadText(text, '/etc/landfall/landfall.yaml');
    expect(locations[0]?.encryption).toEqual({
      ...{ recipients: [recipient], identity: { file: '/etc/landfall/id' }, signer: 'a'.repeat(64) },
    });
  });

  it('writes every default into the resolved specification', async () => {
    const loaded = await loadText(whole(), '/etc/landfall/landfall.yaml');
    expect(loaded.documents.map((one) => one.kind)).toEqual(['Cluster', 'Cluster', 'Location', 'Migration']);
    expect(loaded.migrations).toEqual([
      {
        name: 'shop',
        source: {
          name: 'one',
          kubeconfig: { path: join(homedir(), '.kube/config'), context: 'one' },
          platform: 'detect',
        },
        target: {
          name: 'two',
          kubeconfig: { path: join(homedir(), '.kube/config'), context: 'two' },
          platform: 'detect',
        },
        location: {
          name: 'store',
          provider: 's3',
          bucket: 'backups',
          prefix: 'landfall/',
          region: 'us-east-1',
          endpoint: 'http://127.0.0.1:9000',
          forcePathStyle: true,
          credentials: { file: '/etc/landfall/credentials', profile: 'default' },
          encryption: 'none',
          repositoryPassword: { env: 'PASSWORD' },
        },
        scope: {
          namespaces: ['shop'],
          excludeNamespaces: [],
          kinds: [],
          excludeKinds: [],
          labelSelector: '',
          clusterScoped: 'dependencies',
        },
        namespaceMapping: {},
        storageClasses: {},
        translation: {
          mode: 'auto',
          zones: {},
          nodePools: {},
          storage: {},
          loadBalancers: { defaultExposure: 'internal', subnets: [], addresses: {} },
          certificates: {},
          ingress: { classes: {}, routes: 'auto' },
          identities: {},
          registries: {},
          imageDigests: {},
          pullSecrets: {},
          dns: 'hold',
          podSecurity: {},
          runtimeClasses: {},
          priorityClasses: {},
        },
        transforms: [],
        existingResourcePolicy: 'fail',
        volumes: {
          mode: 'move',
          parallel: 4,
          snapshotClass: '',
          rereadAll: false,
          withoutSnapshot: 'fail',
          timeoutMs: 86_400_000,
        },
        hooks: { pre: [], post: [] },
        landfallNamespace: 'landfall-system',
        moverImage: 'landfall/mover:0.1.0',
        dryRun: false,
        onFailure: 'rollback',
      },
    ]);
  });

  it('reads times, transforms and hooks', async () => {
    const extra = `  transforms:
  - name: fewer
    match: {kinds: [deployments.apps], name: "web-.*"}
    patch: [{op: replace, path: /spec/replicas, value: null}]
  - {name: team, mergePatch: {metadata: {labels: {team: a}}}, reason: the new team}
  hooks:
    pre: [{name: freeze, namespace: shop, podSelector: app=db, container: pg, command: [psql], timeout: 1m30s}]
`;
    const [spec] = (await loadText(whole(extra), 'landfall.yaml')).migrations;
    expect(spec?.transforms[0]).toMatchObject({ reason: 'transform fewer of the file', patch: [{ value: null }] });
    expect(spec?.transforms[1]).toMatchObject({ reason: 'the new team', patch: [], match: { kinds: [] } });
    expect(spec?.hooks.pre[0]).toMatchObject({ timeoutMs: 90_000, onError: 'fail' });
    expect(spec?.hooks.pre[0]).not.toHaveProperty('timeout');
  });

  it('takes aliases, empty documents and one cluster with a full mapping', async () => {
    const text = file('', cluster('one'), '# nothing\n', store, migration('  namespaceMapping: {shop: shop-2}\n'));
    const loaded = await loadText(text.replace('target: two', 'target: one'), 'landfall.yaml');
    expect(loaded.migrations[0]?.namespaceMapping).toEqual({ shop: 'shop-2' });
    const aliased = whole('  existingResourcePolicy: &p skip\n').replace(
      '{namespaces: [shop]}',
      '&s {namespaces: [shop]}'
    );
    expect((await loadText(aliased, 'landfall.yaml')).migrations).toHaveLength(1);
  });
});

describe('loadText of a broken file', () => {
  it('reports everything at once, over several documents, sorted, each with place and hint', async () => {
    const broken = file(
      cluster('one').replace('kubeconfig:', 'kubeconfg:'),
      'x: "never closed\n',
      cluster('two').replace('spec:', 'spec:\n  context: x'),
      store.replace('provider: s3', 'provider: s33'),
      migration('  dryRun: "no"\n').replace('source: one', 'source: ones')
    );
    expect(await reported(broken)).toEqual([
      '5:3 Cluster/one spec.kubeconfg is not a known key | did you mean kubeconfig?',
      '8:1 the file is not YAML: a closing quote, bracket, comma or colon is missing | close what was opened on this line or above',
      '13:3 Cluster/two spec.context is not a known key | it belongs to spec.kubeconfig.context',
      '20:13 Location/store spec.provider is not one of s3, azure, gcs, filesystem | did you mean s3? it can be one of s3, azure, gcs, filesystem',
      '32:11 Migration/shop spec.source names the Cluster ones, which is not in this file | did you mean one?',
      '36:11 Migration/shop spec.dryRun "no" must be true or false, but is a string | write true or false',
    ]);
  });

  it.each<[name: string, text: string, expected: RegExp]>([
    ['an empty file', '# nothing\n', /1:1 the file has no document/],
    ['a list', '- a\n', /has a document that is not a map \| start it with apiVersion/],
    [
      'all kinds of no group',
      `kind: Migration\nmetadata: { name: m }\nspec: { scope: { namespaces: [x], excludeKinds: ['*'] } }\n`,
      /excludeKinds\[0\] ".*" is not a kind as kubectl takes it: .*or \*\.GROUP/,
    ],
    ['another kind', 'kind: Migrtion\n', /kind "Migrtion" is not a Landfall kind \| did you mean Migration/],
    ['another version', cluster('one').replace('v1alpha1', 'v1'), /apiVersion ".*" is not landfall.dev\/v1alpha1/],
    ['a bad name', cluster('Prod.A'), /metadata.name "Prod.A" is not a DNS label/],
    [
      'two of one name',
      file(cluster('one'), cluster('one')),
      /9:18 Cluster\/one metadata.name "one" is already used.* \| the first is on line 1/,
    ],
    ['a key twice', whole('  dryRun: true\n  dryRun: false\n'), /has the same key twice/],
    ['a merge key', whole('  <<: {dryRun: true}\n'), /Migration\/shop spec has a merge key/],
    ['a prototype key', whole('  __proto__: {dryRun: true}\n'), /has the key __proto__/],
    ['a tag', whole('  dryRun: !secret x\n'), /uses a tag/],
    ['an unknown alias', whole('  dryRun: *nowhere\n'), /an alias without an anchor/],
    [
      'a rounded number',
      whole('  transforms: [{name: a, mergePatch: {x: 9007199254740993}}]\n'),
      /too large to be kept exactly/,
    ],
    ['an empty scope', whole('', '{namespaces: []}'), /spec.scope.namespaces is empty/],
    ['a scope taken out again', whole('', '{namespaces: [shop], excludeNamespaces: ["s*"]}'), /excluded again/],
    ['a missing value', migration().replace('  source: one\n', ''), /Migration\/shop spec.source is missing/],
    ['a null value', migration().replace('source: one', 'source:'), /spec.source is empty/],
    [
      'one cluster on both sides',
      whole().replace('target: two', 'target: one'),
      /spec.target "one" is the same cluster/,
    ],
    [
      'two mapped to one',
      whole('  namespaceMapping: {shop: x, web: x}\n', '{namespaces: [shop, web]}'),
      /maps to x, as does shop/,
    ],
    [
      'mapped onto another',
      whole('  namespaceMapping: {shop: web}\n', '{namespaces: [shop, web]}'),
      /itself in scope and keeps its name/,
    ],
    [
      'mapped from nowhere',
      whole('  namespaceMapping: {shup: x}\n'),
      /not in spec.scope.namespaces \| did you mean shop/,
    ],
    ['mapped to no label', whole('  namespaceMapping: {shop: A_b}\n'), /is not a namespace name/],
    ['mapped to the system', whole('  namespaceMapping: {shop: kube-system}\n'), /a system namespace/],
    ['a toleration of every taint by value', whole('  volumes: {movers: {tolerations: [{value: a}]}}\n'), /has no key/],
    [
      'a toleration that reads no value',
      whole('  volumes: {movers: {tolerations: [{key: a, operator: Exists, value: b}]}}\n'),
      /Exists does not use/,
    ],
    ['a quantity', whole('  volumes: {movers: {resources: {limits: {memory: lots}}}}\n'), /a quantity such as/],
    ['a storage class', whole('  storageClasses: {"a b": c}\n'), /is not the name of a storage class/],
    [
      'a hook that hangs',
      whole(
        '  hooks: {pre: [{name: a, namespace: shop, podSelector: a=b, container: c, command: [d], timeout: 5h}]}\n'
      ),
      /longer than 4h/,
    ],
    [
      'a hook elsewhere',
      whole('  hooks: {pre: [{name: a, namespace: db, podSelector: a=b, container: c, command: [d]}]}\n'),
      /namespace "[^"]+" is not in spec.scope/,
    ],
    ['a label selector', whole('', '{namespaces: [shop], labelSelector: "a in b"}'), /is not a label selector: /],
    [
      'a pointer',
      whole('  transforms: [{name: a, patch: [{op: remove, path: a/b}]}]\n'),
      /path "a.b" is not a JSON Pointer/,
    ],
    [
      'an operation without value',
      whole('  transforms: [{name: a, patch: [{op: add, path: /a}]}]\n'),
      /has no value, which add requires/,
    ],
    [
      'a wild expression',
      whole('  transforms: [{name: a, match: {name: "(?=a)"}, mergePatch: {}}]\n'),
      /match.name ".*" is rejected: look-around \(\?= at character 1 is not supported by RE2/,
    ],
    [
      'a patch of identity',
      whole('  transforms: [{name: a, patch: [{op: remove, path: /metadata/uid}]}]\n'),
      /writes metadata.uid/,
    ],
    ['a transform of nothing', whole('  transforms: [{name: a}]\n'), /changes nothing/],
    [
      'a transform of two things',
      whole('  transforms: [{name: a, mergePatch: {x: 1}, strategicPatch: {x: 1}}]\n'),
      /has mergePatch and strategicPatch/,
    ],
    [
      'a field without a pointer',
      whole('  transforms: [{name: a, match: {fields: [{path: a, value: 1}]}, mergePatch: {x: 1}}]\n'),
      /match.fields\[0\].path ".*" is not a JSON Pointer/,
    ],
    ['a prefix that climbs', store.replace('prefix: landfall', 'prefix: ../x'), /leads outside the store/],
    [
      'volumes without a password',
      whole().replace('  repositoryPassword: {env: PASSWORD}\n', ''),
      /repositoryPassword is missing/,
    ],
    [
      'a store that does not say whether it is encrypted',
      whole().replace('  encryption: none\n', ''),
      /Location\/store spec does not say whether .* \| run `landfall keys create FILE` .* or write encryption: none/,
    ],
    [
      'a recipient that is none',
      whole().replace('encryption: none', 'encryption: {recipients: [age1x]}'),
      /encryption.* a recipient as landfall keys create prints it/,
    ],
    [
      'nobody who can open it',
      whole().replace('encryption: none', 'encryption: {recipients: []}'),
      /encryption.recipients is empty/,
    ],
    [
      'a word that encryption is not',
      whole().replace('encryption: none', 'encryption: all'),
      /encryption "all" is neither none nor a map \| write none, or a map; keys: recipients, identity, signer/,
    ],
    [
      'a key that encryption has not',
      whole().replace('encryption: none', 'encryption: {recipents: [a]}'),
      /encryption.recipents is not a known key \| did you mean recipients/,
    ],
    [
      'an identity in place of a reference to it',
      whole().replace('encryption: none', `encryption: {recipients: [${recipient}], identity: AGE-SECRET-KEY-1X}`),
      /encryption.identity must be a reference to a secret, not a value/,
    ],
    [
      'an identity from two places',
      whole().replace('encryption: none', `encryption: {recipients: [${recipient}], identity: {file: a, env: B}}`),
      /encryption.identity must have exactly one of file and env/,
    ],
    [
      'a second secret of volumes',
      whole().replace('encryption: none', `encryption: {recipients: [${recipient}]}`),
      /repositoryPassword is written in a Location that is encrypted/,
    ],
    [
      'volumes through an endpoint with a path',
      whole().replace('http://127.0.0.1:9000', 'https://127.0.0.1:9000/store'),
      /endpoint has the path \/store, and Migration\/shop moves volumes/,
    ],
    [
      'a token in clear',
      google('  endpoint: http://10.0.0.1:4443\n'),
      /spec.endpoint .*is not encrypted, and whoever reads the token/,
    ],
    ['anonymous writes to Google', google('  anonymous: true\n'), /spec.anonymous .*needs an endpoint/],
    [
      'anonymity with credentials',
      google('  anonymous: true\n  endpoint: http://10.0.0.1:4443\n  credentials: {file: key.json}\n'),
      /spec.anonymous .*excludes credentials/,
    ],
    [
      'volumes through another address of Google Cloud Storage',
      whole().replace(store, google('  endpoint: https://storage-x.p.googleapis.com\n')),
      /endpoint leads elsewhere than to Google, and Migration\/shop moves volumes/,
    ],
    ...[
      ['', /spec has neither accountKey nor sasToken/],
      ['  accountKey: {env: A}\n  sasToken: {env: B}\n', /spec.sasToken .*excludes accountKey/],
      ['  sasToken: {}\n', /spec.sasToken .*exactly one of file and env/],
    ].map(([keys, expected]): [string, string, RegExp] => [
      `Azure with the keys ${JSON.stringify(keys)}`,
      `${store.slice(0, store.indexOf('  provider:'))}  provider: azure\n  account: acc\n  container: points\n${String(keys)}`,
      expected as RegExp,
    ]),
    ['Landfall itself', whole('', '{namespaces: [landfall-system]}'), /own namespace/],
    [
      'too much',
      whole(
        `  transforms:\n${Array.from({ length: 70 }, (_, i) => `  - {name: n${i}, reason: r, mergePatch: {a: "${'x'.repeat(2000)}"}}\n`).join('')}`
      ),
      /accepts at most 131072/,
    ],
  ])('refuses %s', async (_, text, expected) => {
    expect((await reported(text)).join('\n')).toMatch(expected);
  });

  it('takes a bucket of Google with the file of its credentials, and a server that asks for none, for volumes too', async () => {
    for (const [keys, expected] of [
      ['  credentials: {file: ./key.json}\n', { credentials: { file: '/etc/landfall/key.json' } }],
      ['  endpoint: http://10.0.0.1:4443\n  anonymous: true\n', { endpoint: 'http://10.0.0.1:4443', anonymous: true }],
    ] as const) {
      const text = whole().replace(store, google(keys));
      const { migrations } = await loadText(text, '/etc/landfall/landfall.yaml');
      expect(migrations[0]?.location).toMatchObject({ provider: 'gcs', bucket: 'backups', prefix: '', ...expected });
    }
  });

  it('takes an endpoint with a path where no volumes move', async () => {
    const text = whole('  volumes: {mode: none}\n').replace('http://127.0.0.1:9000', 'https://127.0.0.1:9000/store');
    const { migrations } = await loadText(text, '/etc/landfall/landfall.yaml');
    expect(migrations).toHaveLength(1);
  });

  it('stops at aliases that grow without end', async () => {
    const levels = Array.from(
      { length: 12 },
      (_, i) => `  l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(', ')}]`
    );
    const bomb = `kind: Cluster\nspec:\n  l0: &l0 [x]\n${levels.join('\n')}\n`;
    expect((await reported(bomb)).join('\n')).toMatch(/aliases|too large/);
    expect((await reported('kind: Cluster\nspec: &a\n  b: *a\n')).join('\n')).toMatch(/too large|aliases/);
  });

  it('never repeats a secret that stands where a reference belongs', async () => {
    const secret = 'hunter2-canary';
    const texts = [
      store.replace('{env: PASSWORD}', secret),
      store.replace('{env: PASSWORD}', `{value: ${secret}}`),
      store.replace('{env: PASSWORD}', `{env: "${secret}"}`),
      store.replace('{env: PASSWORD}', `"${secret}`),
      store.replace('{file: ./credentials}', `{secretAccessKey: ${secret}}`),
      store.replace('http://', `http://me:${secret}@`),
      store.replace('{env: PASSWORD}', `[${secret}`),
      store.replace('{env: PASSWORD}', `!${secret} x`),
      store.replace('provider: s3', `provider: ${secret}`),
    ];
    for (const text of texts) {
      const problems = await problemsOf(text);
      expect(problems.length).toBeGreaterThan(0);
      expect(JSON.stringify(problems)).not.toContain(secret);
    }
  });
});

it('asks every rule about a broken document, as far as the rule looks at nothing made up', async () => {
  const mapped = '  namespaceMapping: {other: x}\n  onFailure: maybe\n';
  const found = await problemsOf(whole(mapped));
  expect(found.map(({ path }) => path)).toEqual([
    expect.stringContaining('namespaceMapping.other'),
    expect.stringContaining('onFailure'),
  ]);
});

describe('loadFile', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'landfall-config-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('names the reason when a file cannot be read', async () => {
    await expect(loadFile(join(folder, 'nowhere.yaml'))).rejects.toMatchObject({
      code: 'CONFIG_UNREADABLE',
      detail: { why: 'there is no such file' },
    });
    await expect(loadFile(folder)).rejects.toMatchObject({ detail: { why: 'it is a directory' } });
    await writeFile(join(folder, 'binary.yaml'), Uint8Array.of(0xff, 0xfe, 0x00));
    await expect(loadFile(join(folder, 'binary.yaml'))).rejects.toMatchObject({
      detail: { why: 'it is not UTF-8 text' },
    });
  });

  it('reads storage classes out of the ConfigMap of Velero; own ones are stronger', async () => {
    await writeFile(join(folder, 'classes.yaml'), 'apiVersion: v1\nkind: ConfigMap\ndata: {vsan: gp3, slow: st1}\n');
    const path = join(folder, 'landfall.yaml');
    await writeFile(path, whole('  storageClasses: {fromVeleroConfigMap: ./classes.yaml, slow: sc1}\n'));
    expect((await loadFile(path)).migrations[0]?.storageClasses).toEqual({ vsan: 'gp3', slow: 'sc1' });
    await writeFile(path, whole('  storageClasses: {fromVeleroConfigMap: ./landfall.yaml}\n'));
    await expect(loadFile(path)).rejects.toMatchObject({ problems: [{ line: 33 }] });
  });

  it("reads Velero's resource modifiers, with patches in YAML, and reports what is wrong with them", async () => {
    const modifiers = `version: v1
resourceModifierRules:
- conditions: {groupResource: deployments.apps, namespaces: [shop]}
  patches:
  - {operation: replace, path: /spec/replicas, value: "2"}
- conditions: {groupResource: services}
  mergePatches:
  - patchData: |
      metadata: {labels: {team: a}}
`;
    await writeFile(join(folder, 'modifiers.yaml'), modifiers);
    const path = join(folder, 'velero.yaml');
    await writeFile(path, whole('  transforms: [{fromVeleroModifiers: modifiers.yaml}]\n'));
    const transforms = (await loadFile(path)).migrations[0]?.transforms;
    expect(transforms?.map((one) => one.match.kinds)).toEqual([['deployments.apps'], ['services.']]);
    expect(transforms?.[0]?.patch).toEqual([{ op: 'replace', path: '/spec/replicas', value: 2 }]);
    expect(transforms?.[1]?.mergePatch).toEqual({ metadata: { labels: { team: 'a' } } });
    await writeFile(join(folder, 'modifiers.yaml'), modifiers.replace('version: v1', 'version: v9'));
    await expect(loadFile(path)).rejects.toMatchObject({
      problems: [{ line: 33, path: expect.stringContaining('fromVeleroModifiers') as string }],
    });
  });
});
