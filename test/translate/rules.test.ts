import { describe, expect, it } from 'vitest';
import type { TranslationSpec } from '../../src/core/spec/spec.ts';
import { asRule, isIn, type PackRule } from '../../src/translate/pack.ts';
import { packRules } from '../../src/translate/packs.ts';
import { releaseDns } from '../../src/translate/rules/external-dns.ts';
import { directions, type Direction } from '../../src/core/profile/cluster-profile.ts';
import { transformObject } from '../../src/core/transform/transform-object.ts';
import { openDocument } from '../../src/core/json/document.ts';
import { applyPatch } from '../../src/core/json/patch.ts';
import { readHead } from '../../src/core/select/head.ts';
import { contextOf, manifestsOf, resourceOf, translate, translationOf } from './setting.ts';

const vksToEks: Direction = { from: 'vks', to: 'eks' };

function one(
  manifest: { apiVersion: string; kind: string; [key: string]: unknown },
  direction: Direction,
  tables: Partial<TranslationSpec> = {}
) {
  const translation = translationOf(direction);
  const with_ = { ...translation, tables: { ...translation.tables, ...tables } };
  return translate(JSON.stringify(manifest), resourceOf(manifest.apiVersion, manifest.kind), with_);
}

describe('rules of the packs', () => {
  it('have ids of their own, words for every page, and documentation', () => {
    const ids = packRules.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const wordless = packRules.filter(
      ({ does, matches, sources }) =>
        !/^[A-Z].*\.$/.test(does) ||
        matches === '' ||
        sources.length === 0 ||
        !sources.every((source) => source.startsWith('https://'))
    );
    expect(wordless.map(({ id }) => id)).toEqual([]);
  });

  it('are all made to act by a manifest of some direction', () => {
    const effective = new Set<string>();
    for (const direction of directions) {
      for (const { text, resource } of manifestsOf(direction.from)) {
        const outcome = translate(text, resource, translationOf(direction));
        for (const { rule } of [...outcome.changes, ...outcome.notes, ...outcome.additional]) effective.add(rule);
        if (outcome.excluded !== undefined) effective.add(outcome.excluded.rule);
      }
    }
    const silent = packRules.filter(({ id }: PackRule) => !effective.has(`translate/${id}`)).map(({ id }) => id);
    expect(silent).toEqual([]);
  });

  it('change nothing when asked about their own result', () => {
    for (const direction of directions) {
      const context = contextOf(translationOf(direction));
      for (const { text, resource } of manifestsOf(direction.from)) {
        const outcome = transformObject({ head: readHead(text, resource), text, resource }, context);
        if (outcome.excluded !== undefined) continue;
        const again = transformObject(
          { head: readHead(outcome.text, resource), text: outcome.text, resource },
          context
        );
        const where = `${direction.from}-${direction.to} ${outcome.ref.kind} ${outcome.ref.name}`;
        const changed = again.changes.filter(({ rule }) => !settled.has(rule));
        expect({ where, changed, excluded: again.excluded }).toEqual({ where, changed: [], excluded: undefined });
      }
    }
  });

  it('carry keys that name the prototype like any other, and change none', () => {
    const key = '"__proto__":{"polluted":"yes"},';
    const without = directions.flatMap((direction) =>
      manifestsOf(direction.from).flatMap(({ text, resource }) => {
        const nasty = text.replace('"spec":{', `"spec":{${key}`);
        const outcome = translate(nasty, resource, translationOf(direction));
        const isKept = outcome.excluded !== undefined || nasty === text || outcome.text.includes('"__proto__":{"pol');
        return isKept ? [] : [outcome.ref];
      })
    );
    expect(without).toEqual([]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('are asked a number of times that grows with the objects, not faster', () => {
    const direction = vksToEks;
    const manifests = manifestsOf(direction.from);
    const count = (times: number): number => {
      let applied = 0;
      const counted = packRules
        .filter((rule) => isIn(rule, direction))
        .map((rule): PackRule => ({
          ...rule,
          translate: (draft, object, translation) => {
            applied += 1;
            rule.translate(draft, object, translation);
          },
        }));
      const context = { ...contextOf(translationOf(direction)), rules: [asRule(counted)] };
      for (let round = 0; round < times; round++) {
        for (const { text, resource } of manifests)
          transformObject({ head: readHead(text, resource), text, resource }, context);
      }
      return applied;
    };
    const single = count(1);
    expect(count(4)).toBe(4 * single);
    expect(single).toBeLessThanOrEqual(manifests.length * packRules.filter((rule) => isIn(rule, direction)).length);
    // Most rules are about a few kinds: an object is shown to a fraction of them.
    expect(single).toBeLessThan(manifests.length * 14);
  });
});

/**
 * Rules whose words are those of the target platform and that, asked again with the target's own object, would read its
 * class or address as one of the source's: a run asks once.
 */
const settled: ReadonlySet<string> = new Set(['translate/load-balancer']);

describe('round trips', () => {
  const back = (direction: Direction): Direction => ({ from: direction.to, to: direction.from });

  it.each<Direction>([
    { from: 'vks', to: 'eks' },
    { from: 'vks', to: 'aks' },
    { from: 'eks', to: 'aks' },
  ])('$from to $to and back keep zones, pools, images, classes and identities', (direction) => {
    const manifest = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'shop' },
      spec: {
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: {
            nodeSelector: {
              'topology.kubernetes.io/zone': { vks: 'zone-a', eks: 'eu-central-1a', aks: '' }[direction.from] ?? '',
            },
            containers: [
              {
                name: 'web',
                image:
                  {
                    vks: 'harbor.corp.example/shop/web:1',
                    eks: '111122223333.dkr.ecr.eu-central-1.amazonaws.com/shop/web:1',
                    aks: '',
                  }[direction.from] ?? '',
              },
            ],
          },
        },
      },
    };
    const there = one(manifest, direction);
    expect(there.text).not.toBe(JSON.stringify(manifest));
    const here = one(JSON.parse(there.text) as typeof manifest, back(direction));
    expect(JSON.parse(here.text)).toEqual(manifest);
  });

  it('keep routes of an HTTPProxy that Gateway API can say, and name the rest', () => {
    const proxy = {
      apiVersion: 'projectcontour.io/v1',
      kind: 'HTTPProxy',
      metadata: { name: 'store', namespace: 'shop' },
      spec: {
        ingressClassName: 'contour',
        virtualhost: { fqdn: 'store.example.com', tls: { secretName: 'store-tls' } },
        routes: [
          {
            conditions: [{ prefix: '/api' }, { header: { name: 'x-version', exact: '2' } }],
            services: [
              { name: 'api', port: 80, weight: 90 },
              { name: 'new', port: 80, weight: 10 },
            ],
            timeoutPolicy: { response: '30s' },
            rateLimitPolicy: { local: { requests: 1, unit: 'second' } },
          },
          { conditions: [{ prefix: '/' }], services: [{ name: 'web', port: 80 }] },
        ],
      },
    };
    const there = one(proxy, vksToEks, { dns: 'publish' });
    expect(there.excluded?.reason).toBe('recreated as Gateway API routes');
    expect(there.notes.map(({ message }) => message)).toContain('rate limits');
    expect(there.additional.map(({ ref }) => `${ref.kind} ${ref.name}`)).toEqual([
      'HTTPRoute store',
      'TargetGroupConfiguration api',
      'TargetGroupConfiguration new',
      'TargetGroupConfiguration web',
      'HTTPRoute store-http',
      'Gateway store',
    ]);
    const returned = there.additional.map(({ text, resource }) =>
      translate(text, resource, {
        ...translationOf(back(vksToEks)),
        tables: { ...translationOf(back(vksToEks)).tables, dns: 'publish' },
      })
    );
    const made = returned.flatMap(({ additional }) => additional);
    expect(made).toHaveLength(1);
    const { rateLimitPolicy: _, ...kept } = proxy.spec.routes[0] ?? {};
    expect(JSON.parse(made[0]?.text ?? '')).toEqual({
      ...proxy,
      spec: { ...proxy.spec, routes: [kept, proxy.spec.routes[1]] },
    });
  });

  it('keep the order and meaning of a policy of Antrea by way of EKS', () => {
    const policy = {
      apiVersion: 'crd.antrea.io/v1beta1',
      kind: 'ClusterNetworkPolicy',
      metadata: { name: 'deny' },
      spec: {
        tier: 'securityops',
        priority: 10,
        appliedTo: [{ namespaceSelector: { matchLabels: { team: 'shop' } } }],
        egress: [
          {
            name: 'meta',
            action: 'Drop',
            to: [{ ipBlock: { cidr: '169.254.169.254/32' } }],
            ports: [{ protocol: 'TCP', port: 80 }],
          },
        ],
      },
    };
    const there = one(policy, vksToEks).additional[0];
    const here = one(JSON.parse(there?.text ?? '') as typeof policy, back(vksToEks)).additional[0];
    expect(JSON.parse(here?.text ?? '')).toEqual(policy);
  });

  it('keep what a load balancer was configured with, through seconds and minutes', () => {
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: 'web',
        namespace: 'shop',
        annotations: {
          'service.beta.kubernetes.io/azure-load-balancer-internal': 'true',
          'service.beta.kubernetes.io/azure-load-balancer-internal-subnet': 'subnet-apps',
          'service.beta.kubernetes.io/azure-load-balancer-health-probe-protocol': 'http',
          'service.beta.kubernetes.io/azure-load-balancer-health-probe-request-path': '/healthz',
          'service.beta.kubernetes.io/azure-load-balancer-tcp-idle-timeout': '15',
        },
      },
      spec: { type: 'LoadBalancer', ports: [{ port: 80 }], loadBalancerSourceRanges: ['10.0.0.0/8'] },
    };
    const aksToEks: Direction = { from: 'aks', to: 'eks' };
    const there = one(service, aksToEks);
    expect(there.text).toContain('"service.beta.kubernetes.io/aws-load-balancer-scheme":"internal"');
    expect(there.text).toContain('tcp.idle_timeout.seconds=900');
    expect(JSON.parse(one(JSON.parse(there.text) as typeof service, back(aksToEks)).text)).toEqual(service);
  });
});

describe('the hold on DNS', () => {
  it.each<Direction>([
    { from: 'vks', to: 'eks' },
    { from: 'eks', to: 'vks' },
  ])('from $from to $to is released as it was', (direction) => {
    const annotations = {
      'external-dns.alpha.kubernetes.io/hostname': 'a.example.com',
      'external-dns.kubernetes.io/hostname': 'a.example.com',
    };
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'a', namespace: 'shop', annotations },
      spec: { ports: [{ port: 80 }] },
    };
    const { text } = one(service, direction);
    expect(text).toContain('"external-dns.kubernetes.io/controller":"landfall-held"');
    const released = applyPatch(text, releaseDns(openDocument(text)));
    expect(JSON.parse(released)).toEqual(service);
    expect(releaseDns(openDocument(released))).toEqual([]);
  });
});

describe('users’ words', () => {
  it('are the last ones, over objects that rules made as well', () => {
    const translation = translationOf(vksToEks);
    const context = {
      ...contextOf(translation),
      userTransforms: [
        {
          name: 'own-class',
          match: { kinds: ['gateways.gateway.networking.k8s.io'], namespaces: [], name: '', labelSelector: '' },
          patch: [{ op: 'replace' as const, path: '/spec/gatewayClassName', value: 'mine' }],
          reason: 'ours',
        },
      ],
    };
    const proxy = {
      apiVersion: 'projectcontour.io/v1',
      kind: 'HTTPProxy',
      metadata: { name: 'p', namespace: 'shop' },
      spec: { virtualhost: { fqdn: 'p.example.com' }, routes: [{ services: [{ name: 'p', port: 80 }] }] },
    };
    const text = JSON.stringify(proxy);
    const resource = resourceOf(proxy.apiVersion, proxy.kind);
    const outcome = transformObject({ head: readHead(text, resource), text, resource }, context);
    const gateway = outcome.additional.find(({ ref }) => ref.kind === 'Gateway');
    expect(gateway?.text).toContain('"gatewayClassName":"mine"');
    expect(gateway?.changes.map(({ rule }) => rule)).toEqual(['user/own-class']);
  });
});

describe('what only the platform of the source reads', () => {
  const contour = 'projectcontour.io/v1alpha1';
  it.each([
    [contour, 'ExtensionService', 'Contour does not run on the target'],
    [contour, 'ContourConfiguration', 'Contour does not run on the target'],
    [contour, 'ContourDeployment', 'Contour does not run on the target'],
  ])('%s %s is excluded, and what is lost with it is said', (apiVersion, kind, reason) => {
    const outcome = one({ apiVersion, kind, metadata: { name: 'auth', namespace: 'shop' }, spec: {} }, vksToEks);
    expect(outcome.excluded).toMatchObject({ rule: 'translate/platform-kinds', reason });
    expect(outcome.notes).toMatchObject([
      { code: 'TRANSLATION_LOSS', message: expect.stringContaining(kind) as string },
    ]);
  });

  it('stays where the target serves it', () => {
    const manifest = { apiVersion: contour, kind: 'ExtensionService', metadata: { name: 'auth', namespace: 'shop' } };
    const { target, ...translation } = translationOf(vksToEks);
    const kinds = [...target.kinds, 'projectcontour.io/ExtensionService'];
    const text = JSON.stringify({ ...manifest, spec: {} });
    const outcome = translate(text, resourceOf(contour, manifest.kind), {
      ...translation,
      target: { ...target, kinds },
    });
    expect(outcome).toMatchObject({ notes: [] });
    expect(outcome.excluded).toBeUndefined();
  });

  it.each<Direction>([vksToEks, { from: 'vks', to: 'aks' }])(
    '$from to $to: orders to Avi of a Namespace go, each named',
    (direction) => {
      const annotations = {
        'ako.vmware.com/tenant-name': 'shop',
        'aviinfrasetting.ako.vmware.com/name': 'gold',
        own: 'yes',
      };
      const outcome = one({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', annotations } }, direction);
      const { metadata } = JSON.parse(outcome.text) as { metadata: { annotations: object } };
      expect(metadata.annotations).toEqual({ own: 'yes' });
      const losses = outcome.notes.filter(({ code }) => code === 'TRANSLATION_LOSS').map(({ path }) => path);
      expect(losses.sort()).toEqual([
        '/metadata/annotations/ako.vmware.com~1tenant-name',
        '/metadata/annotations/aviinfrasetting.ako.vmware.com~1name',
      ]);
    }
  );
});
