import { z } from 'zod';

const word = z.string().max(2048);
const table = (what: string) => z.record(z.string(), word).default({}).describe(what);

/** What a person says about the differences of two platforms; every table is from the source's word to the target's. */
export const Translation = z
  .strictObject({
    mode: z
      .enum(['auto', 'off'])
      .default('auto')
      .describe('auto: where the platforms differ, objects are translated by the rules of their direction'),
    zones: table(
      'Zones and regions of the source to those of the target; a zone without an entry is removed and reported'
    ),
    nodePools: table(
      "Node pools to node pools; a value key=value is a label of the target's nodes, '' removes the constraint, '*' is every other pool"
    ),
    storage: z
      .strictObject({
        block: word.exactOptional().describe('Class for single-node disks'),
        fast: word.exactOptional().describe('Class for fast single-node disks; absent: block'),
        file: word.exactOptional().describe('Class for file systems shared by many nodes'),
      })
      .prefault({})
      .describe(
        'Storage class of the target by what a claim needs; absent: chosen from the classes of the target. storageClasses takes precedence'
      ),
    loadBalancers: z
      .strictObject({
        defaultExposure: z
          .enum(['internal', 'public'])
          .default('internal')
          .describe('Used if the source does not specify it: on VKS its network decides'),
        class: word.exactOptional().describe("spec.loadBalancerClass on the target; absent: the platform's own"),
        subnets: z.array(word).max(20).default([]).describe('Subnets of internal load balancers on the target'),
        addresses: table(
          'Pinned addresses, and names of shared ones, to addresses, EIP allocations or public IP names'
        ),
      })
      .prefault({})
      .describe('Services of type LoadBalancer'),
    certificates: table(
      "ACM ARN, namespace/secret or host name to the certificate of the target, in the form it accepts; '' = none"
    ),
    ingress: z
      .strictObject({
        classes: table("Ingress and gateway classes; '*' is every other class of the source's platform"),
        routes: z
          .enum(['auto', 'keep', 'gateway', 'contour'])
          .default('auto')
          .describe(
            'HTTPProxy and HTTPRoute. auto: translated where the target does not serve the kind; gateway, contour: always to that form; keep: never'
          ),
        gateway: word
          .regex(/^[a-z0-9.-]+\/[a-z0-9.-]+$/, 'namespace/name')
          .exactOptional()
          .describe(
            'Gateway on the target to which routes created from HTTPProxies attach; absent: one is created for each'
          ),
      })
      .prefault({})
      .describe('Ingresses, Gateways and routes'),
    identities: table(
      "namespace/serviceaccount on the source to a role ARN (EKS), a client id or client/tenant (AKS), '' = none"
    ),
    registries: table('Prefix of image names to prefix of image names; the longest match is used'),
    imageDigests: table('Image as written to the digest (sha256:…) it is pinned by'),
    pullSecrets: table("Pull secret to pull secret; '' removes it"),
    dns: z
      .enum(['hold', 'publish'])
      .default('hold')
      .describe('hold: external-dns ignores objects on the target until they are released at the cutover'),
    podSecurity: z
      .record(z.string(), z.enum(['restricted', 'baseline', 'privileged']))
      .default({})
      .describe('Source namespace to the pod security level it enforces on the target'),
    runtimeClasses: table("RuntimeClass to RuntimeClass; '' = the default runtime"),
    priorityClasses: table("PriorityClass to PriorityClass; '' = the default priority"),
  })
  .describe('How platforms are translated: VKS, EKS and AKS in all directions');
export type Translation = z.infer<typeof Translation>;
