/**
 * How far a door of the application is open: only inside of the cluster, to a private network, to everybody; `network`
 * is a private network by the nature of the platform (the data centre of VKS), `unknown` is nobody's knowledge.
 */
export type Level = 'none' | 'internal' | 'network' | 'public' | 'unknown';

/** Where a door opens to; the same token on both sides is the same door, also where nobody knows where it leads. */
export interface Reach {
  readonly level: Level;
  readonly token: string;
  /** Public by an address that somebody has named: a word of a person. */
  readonly isChosen?: boolean;
  /** Controller behind a class, where it is known: another name of the same class is the same door. */
  readonly controller?: string;
}

/** One host and path somebody answers for; host '' is every host. */
export interface Answer {
  readonly host: string;
  readonly path: string;
  /** Without TLS as well; undefined: nobody knows. */
  readonly plain: boolean | undefined;
}

/** One door: an Ingress, a proxy, a Service, a Gateway, a route, or the ports of pods on their nodes. */
export interface Front {
  /** Key of the captured object it comes from. */
  readonly origin: string;
  readonly subject: string;
  /** Asked when all objects are known, since classes and settings are objects of their own. */
  readonly reach: (world: World) => Reach;
  /** Who may come in; undefined: everybody the network lets in. */
  readonly ranges: (world: World) => readonly string[] | undefined;
  /** What asks who comes in, in words. */
  readonly guards: readonly string[];
  readonly answers: (world: World) => readonly Answer[];
  /** Which load balancers or servers answer; the number of those of a host counts. */
  readonly servers: (world: World) => readonly string[];
  /** A part of the traffic of another one: it claims no host by itself. */
  readonly isCanary?: boolean;
}

export interface ListenerDigest {
  readonly name: string;
  readonly protocol: string;
  readonly hostname: string;
}

export interface GatewayDigest {
  readonly front: Front;
  readonly listeners: readonly ListenerDigest[];
}

export interface AlbGroup {
  readonly scheme: string;
  readonly ranges: readonly string[];
  /** Ports on which the ranges hold. */
  readonly ports: readonly string[];
}

/** Objects of one side that decide about the doors of others. */
export interface World {
  /** Class -> controller. */
  readonly ingressClasses: Map<string, string>;
  /** Class -> name of its parameters. */
  readonly classParameters: Map<string, string>;
  /** Name of parameters of the AWS controller -> what they force. */
  readonly albParameters: Map<
    string,
    { readonly scheme: string; readonly ranges: readonly string[]; readonly group: string }
  >;
  /** Group of Ingresses -> what one of them says for the ALB they share. */
  readonly albGroups: Map<string, AlbGroup>;
  /** Class of the managed NGINX of Azure -> whether its load balancer is internal, and who may connect. */
  readonly nginxControllers: Map<string, { readonly isInternal?: boolean; readonly ranges: readonly string[] }>;
  readonly gatewayClasses: Map<string, { readonly controller: string; readonly parameters: string }>;
  /** `namespace/name` -> what the load balancer of a Gateway is configured with. */
  readonly gatewaySettings: Map<string, { readonly scheme: string; readonly ranges: readonly string[] }>;
  readonly gateways: Map<string, GatewayDigest>;
}

export function createWorld(): World {
  return {
    ingressClasses: new Map(),
    classParameters: new Map(),
    albParameters: new Map(),
    albGroups: new Map(),
    nginxControllers: new Map(),
    gatewayClasses: new Map(),
    gatewaySettings: new Map(),
    gateways: new Map(),
  };
}

export const noRanges = (): undefined => undefined;
export const noAnswers = (): readonly Answer[] => [];
export const noServers = (): readonly string[] => [];

/** Ranges as a list; none, or one that holds everything, is no restriction. */
export function restriction(
  ranges: readonly string[],
  isEverywhere: (range: string) => boolean
): readonly string[] | undefined {
  const said = ranges.map((one) => one.trim()).filter((one) => one !== '');
  return said.length === 0 || said.some(isEverywhere) ? undefined : said;
}
