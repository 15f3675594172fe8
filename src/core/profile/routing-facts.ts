import type { Tree } from '../json/tree.ts';

/** An Ingress of a cluster as the translation of others looks at it. Plain data. */
export interface IngressFact {
  readonly namespace: string;
  readonly name: string;
  /** The class it names, in the field or by annotation; '' when it names none. */
  readonly className: string;
  /** Those that other Ingresses depend on; never a snippet. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly routes: readonly RouteFact[];
  readonly tls: readonly TlsFact[];
}

/** Hosts served with one Secret; '' where none is named. */
export interface TlsFact {
  readonly hosts: readonly string[];
  readonly secretName: string;
}

/** One path of one host. The default backend is the path '' without host. */
export interface RouteFact {
  readonly host: string;
  readonly path: string;
  readonly type: string;
  readonly service: string;
  readonly port: string;
}

/** A Service whose kind or annotations decide how an Ingress reaches it. */
export interface BackendFact {
  readonly isExternalName: boolean;
  /** What Contour is configured to speak, by port name or number: `tls`, `h2`, `h2c`. */
  readonly protocols: Readonly<Record<string, string>>;
  /** What it says to the ALB itself, which is stronger there than the words of an Ingress; absent: nothing. */
  readonly alb?: Readonly<Record<string, string>>;
}

/** What the routing of one Ingress depends on beyond it: read once a run, as the rest of the profile. */
export interface RoutingFacts {
  readonly ingresses: readonly IngressFact[];
  /** By class: what the controller's own load balancer is. A class that is missing is not known. */
  readonly exposures: Readonly<Record<string, 'internal' | 'public'>>;
  /** By class: what its parameters set for all its Ingresses, as the annotations these stand for. */
  readonly classAnnotations: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** By class: who may connect to the controller's own load balancer; absent: not read, or everybody may. */
  readonly classRanges?: Readonly<Record<string, readonly string[]>>;
  /** By `namespace/name`. */
  readonly backends: Readonly<Record<string, BackendFact>>;
}

/** One way by which an HTTPProxy is included: from a host, through conditions. Plain data, kept in the profile. */
export interface Inclusion {
  /** The HTTPProxy with the host, by its names on the source. */
  readonly namespace: string;
  readonly name: string;
  readonly fqdn: string;
  readonly hasTls: boolean;
  /** Conditions of the inclusions on the way, the outermost first. */
  readonly conditions: readonly Tree[];
}

/** By `namespace/name` of the included HTTPProxy. */
export type Inclusions = Readonly<Record<string, readonly Inclusion[]>>;
