import { lookUp, type ClassProfile, type KnownPlatform, type Translation } from '../../core/profile/cluster-profile.ts';

/** Controllers of the platforms that serve Ingress. */
export type IngressController = 'contour' | 'avi' | 'alb' | 'nginx' | 'agic' | 'agc';

interface PlatformClass {
  readonly platform: KnownPlatform;
  readonly controller: IngressController;
  /** Class names, and values of the old annotation (`azure/application-gateway` is only that). */
  readonly names: readonly string[];
  /** `spec.controller` of the class begins so. */
  readonly prefix: string;
}

/** `avi-lb` is the class, `ako.vmware.com/avi-lb` its controller. In the order in which a target's are preferred. */
const classes: readonly PlatformClass[] = [
  { platform: 'vks', controller: 'contour', names: ['contour'], prefix: 'projectcontour.io/' },
  { platform: 'vks', controller: 'avi', names: ['avi-lb'], prefix: 'ako.vmware.com/' },
  { platform: 'eks', controller: 'alb', names: ['alb'], prefix: 'ingress.k8s.aws/' },
  { platform: 'eks', controller: 'alb', names: ['alb'], prefix: 'eks.amazonaws.com/alb' },
  {
    platform: 'aks',
    controller: 'nginx',
    names: ['webapprouting.kubernetes.azure.com'],
    prefix: 'webapprouting.kubernetes.azure.com/',
  },
  { platform: 'aks', controller: 'agc', names: ['azure-alb-external'], prefix: 'alb.networking.azure.io/' },
  {
    platform: 'aks',
    controller: 'agic',
    names: ['azure/application-gateway', 'azure-application-gateway'],
    prefix: 'azure/application-gateway',
  },
];

/** Controllers people bring to any cluster, whose annotations are known from a platform. */
const brought: readonly { readonly controller: IngressController; readonly prefix: string }[] = [
  ...classes,
  { controller: 'nginx', prefix: 'k8s.io/ingress-nginx' },
];

/** Whose annotations the controller behind a class reads, wherever it runs; undefined where nobody knows. */
export function languageOf(name: string, profiles: readonly ClassProfile[]): IngressController | undefined {
  const controller = profiles.find((one) => one.name === name)?.controller ?? '';
  return brought.find((row) => controller.startsWith(row.prefix))?.controller;
}

export type ChosenIngressClass =
  | { readonly kind: 'mapped'; readonly name: string; readonly reason: string; readonly isThere: boolean }
  /** A controller the user brought: it is brought to the target too. */
  | { readonly kind: 'users'; readonly isThere: boolean };

/** The controller of the platform behind a class; undefined for classes of users. */
export function controllerOf(
  name: string,
  platform: KnownPlatform,
  profiles: readonly ClassProfile[]
): IngressController | undefined {
  const controller = profiles.find((one) => one.name === name)?.controller;
  const byController =
    controller === undefined
      ? undefined
      : classes.find((row) => row.platform === platform && controller.startsWith(row.prefix));
  const byName = classes.find((row) => row.platform === platform && row.names.includes(name));
  return (byController ?? (controller === undefined ? byName : undefined))?.controller;
}

/** The class of the target for one of the source: the table, else what the platform of the target brings. */
export function chooseIngressClass(name: string, translation: Translation): ChosenIngressClass {
  const { tables, source, target, from, to } = translation;
  const there = (candidate: string): boolean => target.ingressClasses.some((one) => one.name === candidate);
  const isPlatforms = controllerOf(name, from, source.ingressClasses) !== undefined;
  const word = Object.hasOwn(tables.ingress.classes, name)
    ? tables.ingress.classes[name]
    : isPlatforms
      ? lookUp(tables.ingress.classes, name)
      : undefined;
  if (word !== undefined)
    return { kind: 'mapped', name: word, reason: 'translation.ingress.classes', isThere: there(word) };
  if (!isPlatforms) return { kind: 'users', isThere: there(name) };
  const rows = classes.filter((row) => row.platform === to);
  const live = rows.flatMap((row) => target.ingressClasses.filter((one) => one.controller.startsWith(row.prefix)))[0];
  const chosen = live?.name ?? rows[0]?.names[0] ?? name;
  return {
    kind: 'mapped',
    name: chosen,
    reason: `the ingress class of ${to.toUpperCase()}`,
    isThere: live !== undefined,
  };
}

/** Controllers of Gateway API on the platforms, in the order of preference. */
const gatewayControllers: Readonly<
  Record<KnownPlatform, readonly { readonly name: string; readonly controller: RegExp }[]>
> = {
  vks: [
    { name: 'contour', controller: /^projectcontour\.io\// },
    { name: 'avi-lb', controller: /^ako\.vmware\.com\// },
  ],
  eks: [{ name: 'alb', controller: /^gateway\.k8s\.aws\/alb$/ }],
  aks: [
    { name: 'approuting-istio', controller: /^(?:istio\.io\/|approuting)/ },
    { name: 'azure-alb-external', controller: /^alb\.networking\.azure\.io\// },
  ],
};

export interface ChosenGatewayClass {
  readonly name: string;
  readonly isThere: boolean;
  /** True when an ALB serves it, which implements only a part of the API. */
  readonly isAlb: boolean;
  /** True when the AWS Load Balancer Controller serves it, by an ALB or an NLB. */
  readonly isAws: boolean;
  /** True when Application Gateway for Containers serves it. */
  readonly isAgc: boolean;
}

/** The GatewayClass of the target: the table, else one of a controller of the platform. */
export function chooseGatewayClass(name: string, { tables, target, to }: Translation): ChosenGatewayClass {
  const word = lookUp(tables.ingress.classes, name);
  const live = gatewayControllers[to].flatMap(({ controller }) =>
    target.gatewayClasses.filter((one) => controller.test(one.controller))
  )[0];
  const kept = target.gatewayClasses.find((one) => one.name === name);
  const chosen = word ?? live?.name ?? kept?.name ?? gatewayControllers[to][0]?.name ?? name;
  const controller = target.gatewayClasses.find((one) => one.name === chosen)?.controller;
  return {
    name: chosen,
    isThere: controller !== undefined,
    isAlb: to === 'eks' && (controller === undefined || controller.startsWith('gateway.k8s.aws/alb')),
    isAws: to === 'eks' && (controller === undefined || controller.startsWith('gateway.k8s.aws/')),
    isAgc: to === 'aks' && (controller ?? '').startsWith('alb.networking.azure.io/'),
  };
}

/** True for the controller of an IngressClass or GatewayClass that a platform brings, and only it. */
export function isControllerOf(platform: KnownPlatform, controller: string): boolean {
  const isIngress = classes.some((row) => row.platform === platform && controller.startsWith(row.prefix));
  const isGateway = gatewayControllers[platform].some((row) => row.controller.test(controller));
  // Istio comes from many hands, and makes its class by itself.
  const isNlb = platform === 'eks' && controller.startsWith('gateway.k8s.aws/');
  return (isIngress || isGateway || isNlb) && !controller.startsWith('istio.io/');
}

/** Whether a GatewayClass of the source is one of the platform's own controllers; any other is the user's. */
export function isPlatformGatewayClass(name: string, { source, from }: Translation): boolean {
  const controller = source.gatewayClasses.find((one) => one.name === name)?.controller ?? '';
  const pattern = {
    vks: /^(?:projectcontour\.io|ako\.vmware\.com)\//,
    eks: /^gateway\.k8s\.aws\//,
    aks: /^alb\.networking\.azure\.io\/|^istio\.io\//,
  }[from];
  const names: readonly string[] = {
    vks: ['contour', 'avi-lb'],
    eks: ['alb', 'nlb', 'amazon-vpc-lattice'],
    aks: ['approuting-istio', 'azure-alb-external', 'istio'],
  }[from];
  return controller === '' ? names.includes(name) : pattern.test(controller);
}
