import { readHead } from '../../src/core/select/head.ts';
import type { TranslationSpec } from '../../src/core/spec/spec.ts';
import { createIngressRoutes } from '../../src/translate/ingress-routes.ts';
import { routingFactsOf } from '../../src/translate/ingress/facts.ts';
import type { ClusterProfile, Direction } from '../../src/core/profile/cluster-profile.ts';
import type { TransformOutcome } from '../../src/core/transform/rule.ts';
import type { Finding } from '../../src/core/run/events.ts';
import { profiles, resourceOf, tablesOf, translate } from './setting.ts';

export interface AnyObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Record<string, string>;
  };
  readonly spec?: unknown;
}

export const nginxClass = 'webapprouting.kubernetes.azure.com';
const classOf = { vks: 'contour', eks: 'alb', aks: nginxClass } as const;
const prefixes = {
  vks: '',
  eks: 'alb.ingress.kubernetes.io/',
  aks: 'nginx.ingress.kubernetes.io/',
} as const;

export interface PathOf {
  readonly path: string;
  readonly type?: 'Exact' | 'Prefix' | 'ImplementationSpecific';
  readonly service?: string;
  readonly port?: unknown;
}

export interface IngressOf {
  readonly name?: string;
  readonly host?: string;
  readonly paths?: readonly PathOf[];
  /** Short names are those of the platform's controller. */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** An Ingress of the platform's own class. */
export function ingressOf(platform: 'vks' | 'eks' | 'aks', of: IngressOf = {}): AnyObject {
  const { name = 'web', host = 'shop.example.com', paths = [{ path: '/', type: 'Prefix' }], annotations = {} } = of;
  const whole = Object.entries(annotations).map(([key, value]) => [
    key.includes('/') ? key : `${prefixes[platform]}${key}`,
    value,
  ]);
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace: 'shop', annotations: Object.fromEntries(whole) as Record<string, string> },
    spec: {
      ingressClassName: classOf[platform],
      rules: [
        {
          ...(host === '' ? {} : { host }),
          http: {
            paths: paths.map(({ path, type = 'Prefix', service = 'web', port = { number: 80 } }) => ({
              path,
              pathType: type,
              backend: { service: { name: service, port } },
            })),
          },
        },
      ],
      ...of.spec,
    },
  };
}

export interface Moved {
  readonly outcomes: readonly TransformOutcome[];
  readonly findings: readonly Finding[];
}

export interface MoveOptions {
  readonly tables?: Partial<TranslationSpec>;
  readonly source?: Partial<ClusterProfile>;
  readonly target?: Partial<ClusterProfile>;
  /** Objects that are on the target already. */
  readonly there?: readonly AnyObject[];
}

function routingOf(objects: readonly AnyObject[]) {
  const of = (kind: string): readonly AnyObject[] => objects.filter((one) => one.kind === kind);
  return routingFactsOf({
    ingresses: of('Ingress'),
    ingressClasses: of('IngressClass'),
    classParameters: of('IngressClassParams'),
    nginxControllers: of('NginxIngressController'),
    services: of('Service'),
  });
}

/** Translates all objects of a source as one plan would. */
export function move(objects: readonly AnyObject[], direction: Direction, options: MoveOptions = {}): Moved {
  const { tables = {}, there = [] } = options;
  const translation = {
    ...direction,
    tables: { ...tablesOf(direction), dns: 'publish' as const, ...tables },
    source: { ...profiles[direction.from], routing: routingOf(objects), ...options.source },
    target: { ...profiles[direction.to], routing: routingOf(there), ...options.target },
  };
  const routes = createIngressRoutes();
  const outcomes = objects.map((object) => {
    const text = JSON.stringify(object);
    const resource = resourceOf(object.apiVersion, object.kind);
    const outcome = translate(text, resource, translation);
    if (outcome.excluded === undefined)
      routes.add(outcome.ref, outcome.text, { ref: readHead(text, resource).ref, text });
    return outcome;
  });
  return { outcomes, findings: routes.findings(translation) };
}

interface Written {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly ingressClassName?: string;
    readonly tls?: unknown;
    readonly defaultBackend?: unknown;
    readonly rules?: readonly {
      readonly host?: string;
      readonly http: {
        readonly paths: readonly {
          readonly path: string;
          readonly pathType: string;
          readonly backend: { readonly service: { readonly name: string; readonly port: unknown } };
        }[];
      };
    }[];
  };
}

/** One Ingress after the move. */
export function moved(object: AnyObject, direction: Direction, options: MoveOptions = {}) {
  const { outcomes, findings } = move([object], direction, options);
  const [outcome] = outcomes;
  if (outcome === undefined) throw new Error('nothing was translated');
  return { ...seen(outcome), findings };
}

/** What a person looks for in an outcome. */
export function seen(outcome: TransformOutcome) {
  const { metadata, spec } = JSON.parse(outcome.text) as Written;
  const messages = (severity: string): readonly string[] =>
    outcome.notes
      .filter((note) => note.code !== undefined && (note.severity ?? 'warning') === severity)
      .map(({ message }) => message);
  return {
    excluded: outcome.excluded?.reason,
    annotations: metadata.annotations ?? {},
    spec,
    paths: (spec.rules ?? []).flatMap(({ host = '', http }) =>
      http.paths.map(({ path, pathType, backend }) => `${host}${path} ${pathType} ${backend.service.name}`)
    ),
    blockers: messages('blocker'),
    warnings: messages('warning'),
    infos: messages('info'),
  };
}
