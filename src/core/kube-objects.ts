/**
 * The parts of Kubernetes objects that checks look at. Everything is optional but what the API server itself insists
 * on: custom resources may hold anything, and a check never fails on what it does not know.
 */
export interface Meta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly deletionTimestamp?: string;
  readonly ownerReferences?: readonly { readonly kind: string; readonly name: string; readonly controller?: boolean }[];
}

export interface Kube {
  readonly metadata: Meta;
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

export type Quantities = Readonly<Record<string, string>>;

export interface NodeObject extends Kube {
  readonly spec?: {
    readonly unschedulable?: boolean;
    readonly taints?: readonly Taint[];
    readonly podCIDRs?: readonly string[];
  };
  readonly status?: {
    readonly allocatable?: Quantities;
    readonly conditions?: readonly Condition[];
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly nodeInfo?: { readonly architecture?: string; readonly operatingSystem?: string };
  };
}

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

export interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
}

export interface Container {
  readonly name: string;
  readonly image?: string;
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly args?: readonly string[];
  readonly command?: readonly string[];
  readonly restartPolicy?: string;
  readonly resources?: { readonly requests?: Quantities; readonly limits?: Quantities };
}

export interface NodeSelectorTerm {
  readonly matchExpressions?: readonly NodeSelectorRequirement[];
  readonly matchFields?: readonly NodeSelectorRequirement[];
}

interface NodeSelectorRequirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

export interface PodVolume {
  readonly name: string;
  readonly hostPath?: { readonly path: string };
  readonly emptyDir?: { readonly medium?: string; readonly sizeLimit?: string };
  readonly nfs?: { readonly server: string; readonly path: string };
  readonly persistentVolumeClaim?: { readonly claimName: string };
}

export interface PodSpec {
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly os?: { readonly name: string };
  readonly affinity?: {
    readonly nodeAffinity?: {
      readonly requiredDuringSchedulingIgnoredDuringExecution?: {
        readonly nodeSelectorTerms?: readonly NodeSelectorTerm[];
      };
    };
  };
  readonly tolerations?: readonly Toleration[];
  readonly volumes?: readonly PodVolume[];
  readonly imagePullSecrets?: readonly { readonly name?: string }[];
  readonly serviceAccountName?: string;
  readonly runtimeClassName?: string;
  readonly priorityClassName?: string;
  readonly activeDeadlineSeconds?: number;
  readonly overhead?: Quantities;
}

export interface StorageClassObject extends Kube {
  readonly provisioner: string;
  readonly allowVolumeExpansion?: boolean;
  readonly volumeBindingMode?: string;
  readonly allowedTopologies?: readonly {
    readonly matchLabelExpressions?: readonly { readonly key: string; readonly values?: readonly string[] }[];
  }[];
}

export interface ClaimObject extends Kube {
  readonly spec: {
    readonly accessModes?: readonly string[];
    readonly volumeMode?: string;
    readonly storageClassName?: string;
    readonly volumeName?: string;
    readonly resources?: { readonly requests?: Quantities };
  };
  readonly status?: { readonly phase?: string; readonly capacity?: Quantities };
}

export interface VolumeObject extends Kube {
  readonly spec: {
    readonly capacity?: Quantities;
    readonly csi?: { readonly driver: string };
    readonly local?: { readonly path: string };
    readonly hostPath?: { readonly path: string };
    readonly nfs?: { readonly server: string; readonly path: string };
  };
}

export interface CapacityObject extends Kube {
  readonly storageClassName: string;
  readonly capacity?: string;
  readonly maximumVolumeSize?: string;
}

export interface SnapshotClassObject extends Kube {
  readonly driver: string;
}

export interface ServiceObject extends Kube {
  readonly spec: {
    readonly type?: string;
    readonly clusterIP?: string;
    readonly clusterIPs?: readonly string[];
    readonly externalIPs?: readonly string[];
    readonly loadBalancerIP?: string;
    readonly loadBalancerClass?: string;
    readonly allocateLoadBalancerNodePorts?: boolean;
    readonly healthCheckNodePort?: number;
    readonly externalName?: string;
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly { readonly port: number; readonly nodePort?: number; readonly protocol?: string }[];
  };
}

export interface IngressObject extends Kube {
  readonly spec?: {
    readonly ingressClassName?: string;
    readonly tls?: readonly { readonly hosts?: readonly string[]; readonly secretName?: string }[];
    readonly rules?: readonly {
      readonly host?: string;
      readonly http?: { readonly paths?: readonly { readonly path?: string }[] };
    }[];
  };
}

export interface ClassObject extends Kube {
  readonly spec?: { readonly controller?: string; readonly controllerName?: string };
}

export interface GatewayObject extends Kube {
  readonly spec?: {
    readonly gatewayClassName?: string;
    readonly listeners?: readonly { readonly name?: string; readonly hostname?: string; readonly port?: number }[];
  };
}

export interface RouteObject extends Kube {
  readonly spec?: {
    readonly hostnames?: readonly string[];
    readonly rules?: readonly { readonly matches?: readonly { readonly path?: { readonly value?: string } }[] }[];
  };
}

export interface CertificateObject extends Kube {
  readonly spec?: {
    readonly secretName?: string;
    readonly dnsNames?: readonly string[];
    readonly issuerRef?: { readonly name?: string; readonly kind?: string; readonly group?: string };
  };
}

export interface IssuerObject extends Kube {
  readonly spec?: { readonly acme?: { readonly server?: string } };
}

export interface WebhookConfiguration extends Kube {
  readonly webhooks?: readonly Webhook[];
}

export interface Webhook {
  readonly name: string;
  readonly failurePolicy?: string;
  readonly clientConfig?: {
    readonly service?: { readonly namespace: string; readonly name: string };
    readonly url?: string;
    readonly caBundle?: string;
  };
  readonly matchPolicy?: string;
  readonly namespaceSelector?: unknown;
  readonly objectSelector?: unknown;
  readonly matchConditions?: readonly unknown[];
  readonly rules?: readonly {
    readonly apiGroups?: readonly string[];
    readonly apiVersions?: readonly string[];
    readonly resources?: readonly string[];
    readonly operations?: readonly string[];
    readonly scope?: string;
  }[];
}

export interface DefinitionObject extends Kube {
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: { readonly kind: string; readonly plural: string };
    readonly versions: readonly {
      readonly name: string;
      readonly served: boolean;
      readonly storage: boolean;
      readonly deprecated?: boolean;
    }[];
    readonly conversion?: {
      readonly strategy: string;
      readonly webhook?: {
        readonly clientConfig?: { readonly service?: { readonly namespace: string; readonly name: string } };
      };
    };
  };
  readonly status?: { readonly storedVersions?: readonly string[] };
}

export interface QuotaObject extends Kube {
  readonly spec?: { readonly hard?: Quantities; readonly scopes?: readonly string[]; readonly scopeSelector?: object };
  readonly status?: { readonly hard?: Quantities; readonly used?: Quantities };
}

export interface LimitRangeObject extends Kube {
  readonly spec?: {
    readonly limits?: readonly {
      readonly type: string;
      readonly min?: Quantities;
      readonly max?: Quantities;
      readonly defaultRequest?: Quantities;
      readonly default?: Quantities;
      readonly maxLimitRequestRatio?: Quantities;
    }[];
  };
}

export interface BudgetObject extends Kube {
  readonly status?: {
    readonly disruptionsAllowed?: number;
    readonly expectedPods?: number;
    readonly observedGeneration?: number;
  };
}

export interface WorkloadObject extends Kube {
  readonly spec?: {
    readonly replicas?: number;
    readonly suspend?: boolean;
    readonly schedule?: string;
    readonly parallelism?: number;
    readonly template?: { readonly spec?: PodSpec; readonly metadata?: Partial<Meta> };
    readonly volumeClaimTemplates?: readonly {
      readonly metadata?: { readonly name?: string };
      readonly spec?: ClaimObject['spec'];
    }[];
    readonly jobTemplate?: { readonly spec?: { readonly template?: { readonly spec?: PodSpec } } };
  };
  readonly status?: {
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly active?: number | readonly unknown[];
    readonly desiredNumberScheduled?: number;
    readonly numberReady?: number;
    readonly phase?: string;
    readonly conditions?: readonly Condition[];
  };
}

export interface PodObject extends Kube {
  readonly spec?: PodSpec & { readonly nodeName?: string; readonly serviceAccountName?: string };
  readonly status?: { readonly phase?: string; readonly podIP?: string };
}

export interface ServiceAccountObject extends Kube {
  readonly imagePullSecrets?: readonly { readonly name?: string }[];
}

export interface SliceObject extends Kube {
  readonly endpoints?: readonly {
    readonly addresses?: readonly string[];
    readonly conditions?: { readonly ready?: boolean };
  }[];
}

export interface EndpointsObject extends Kube {
  readonly subsets?: readonly {
    readonly addresses?: readonly { readonly ip: string }[];
    readonly ports?: readonly { readonly port: number }[];
  }[];
}

export interface BindingObject extends Kube {
  readonly subjects?: readonly { readonly kind: string; readonly name: string }[];
}
