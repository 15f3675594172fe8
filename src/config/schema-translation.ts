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
      'Zones and regions of the source to those of the target; a zone without a word is told and taken away'
    ),
    nodePools: table(
      "Node pools to node pools; a value key=value is a label of the target's nodes, '' takes the constraint away, '*' is every other pool"
    ),
    storage: z
      .strictObject({
        block: word.exactOptional().describe('Class for disks of one node'),
        fast: word.exactOptional().describe('Class for fast disks of one node; absent: block'),
        file: word.exactOptional().describe('Class for files that many nodes share'),
      })
      .prefault({})
      .describe(
        'Storage class of the target by what a claim needs; absent: chosen among the classes of the target. storageClasses is stronger'
      ),
    loadBalancers: z
      .strictObject({
        defaultExposure: z
          .enum(['internal', 'public'])
          .default('internal')
          .describe('Where the source does not say: on VKS its network decides'),
        class: word.exactOptional().describe("spec.loadBalancerClass on the target; absent: the platform's own"),
        subnets: z.array(word).max(20).default([]).describe('Subnets of internal load balancers on the target'),
        addresses: table(
          'Pinned addresses, and names of shared ones, to addresses, EIP allocations or public IP names'
        ),
      })
      .prefault({})
      .describe('Services of type LoadBalancer'),
    certificates: table(
      "ACM ARN, namespace/secret or host name to the certificate of the target, in the form it takes; '' = none"
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
          .describe('Gateway on the target that routes made of HTTPProxies attach to; absent: one is made for each'),
      })
      .prefault({})
      .describe('Ingresses, Gateways and routes'),
    identities: table(
      "namespace/serviceaccount on the source to a role ARN (EKS), a client id or client/tenant (AKS), '' = none"
    ),
    registries: table('Prefix of image names to prefix of image names; the longest counts'),
    imageDigests: table('Image as written to the digest (sha256:…) it is pinned by'),
    pullSecrets: table("Pull secret to pull secret; '' removes it"),
    dns: z
      .enum(['hold', 'publish'])
      .default('hold')
      .describe('hold: external-dns leaves objects of the target alone until they are released at the cutover'),
    podSecurity: z
      .record(z.string(), z.enum(['restricted', 'baseline', 'privileged']))
      .default({})
      .describe('Source namespace to the pod security level it enforces on the target'),
    runtimeClasses: table("RuntimeClass to RuntimeClass; '' = the default runtime"),
    priorityClasses: table("PriorityClass to PriorityClass; '' = the default priority"),
  })
  .describe('How platforms are translated: VKS, EKS and AKS in all directions');
export type Translation = z.infer<typeof Translation>;
