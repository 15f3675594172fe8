import { cloudFinalizers } from '../../core/transform/finalizers.ts';
import { removeLabels, prune } from '../labels.ts';
import { list, text, tree, trees } from '../draft.ts';
import { everywhere, type PackRule } from '../pack.ts';
import { serves, type KnownPlatform } from '../../core/profile/cluster-profile.ts';
import type { Tree } from '../../core/json/tree.ts';

export const finalizers: PackRule = {
  id: 'finalizers',
  from: everywhere,
  to: everywhere,
  kinds: ['*'],
  matches: 'finalizers of load balancer, ingress, gateway, snapshot and attach controllers',
  does: 'Removes finalizers of cloud controllers, which would prevent the object from ever being deleted on the target.',
  loses: [],
  sources: [
    'https://github.com/kubernetes-sigs/aws-load-balancer-controller/blob/main/pkg/shared_constants/finalizers.go',
    'https://github.com/vmware/load-balancer-and-ingress-services-for-kubernetes',
  ],
  translate(draft, { head }) {
    if (head.finalizers.length === 0) return;
    const metadata = tree(draft.root, 'metadata');
    const present = list(metadata, 'finalizers');
    if (metadata === undefined || present.length === 0) return;
    draft.step('a cloud controller of the source owns it; the target’s controller adds its own', () => {
      const kept = present.filter((name) => !cloudFinalizers.some((pattern) => pattern.test(String(name))));
      if (kept.length === 0) delete metadata['finalizers'];
      else metadata['finalizers'] = kept;
    });
  },
};

/** Annotations and labels in which components of a platform keep state or take orders nobody takes on the target. */
const stateMarks: Readonly<Record<KnownPlatform, RegExp>> = {
  vks: /^(?:ako\.vmware\.com\/(?:host-fqdn-vs-uuid-map|vs-uuid|controller-cluster-uuid)|vmware-system-(?:vm-uuid|vm-moid|network|image-references|ephemeral-disk-uuid)|nsx\.vmware\.com\/|ncp\/|mac$|vlan$|kapp\.k14s\.io\/|kapp-controller\.carvel\.dev\/|packaging\.carvel\.dev\/|tkg\.tanzu\.vmware\.com\/|run\.tanzu\.vmware\.com\/|cns\.vmware\.com\/|csi\.vsphere\.|volumehealth\.storage\.kubernetes\.io\/|csi\.vmware\.com\/fake-attached$|virtualmachineservice\.vmoperator\.vmware\.com\/|ipam\.antrea\.io\/|service\.antrea\.io\/|nodeportlocal\.antrea\.io\/|networkpolicy\.antrea\.io\/|projectcontour\.io\/upstream-protocol\.)/,
  eks: /^(?:elbv2\.k8s\.aws\/checkpoint(?:-timestamp)?$|vpc\.amazonaws\.com\/|k8s\.amazonaws\.com\/|ebs\.csi\.aws\.com\/|ebs\.csi\.eks\.amazonaws\.com\/|CapacityProvisioned$|Logging$|eks\.amazonaws\.com\/(?:skip-containers|compute-type|fargate-profile)$|karpenter\.sh\/|karpenter\.k8s\.aws\/|kubernetes\.io\/psp$)/,
  aks: /^(?:kubernetes\.azure\.com\/|addonmanager\.kubernetes\.io\/|disk\.csi\.azure\.com\/|file\.csi\.azure\.com\/|cni\.azure\.com\/|aadpodidbinding$|karpenter\.sh\/|karpenter\.azure\.com\/)/,
};

/** Necessary for any of them: without it an object is not observed further. */
const anyMark =
  /vmware|projectcontour|nsx|ncp\/|"mac"|"vlan"|kapp|carvel|antrea|volumehealth|csi\.|k8s\.aws|amazonaws|CapacityProvisioned|"Logging"|karpenter|kubernetes\.io\/psp|azure|addonmanager|aadpodidbinding|target-health|istio\.io\/rev/;

/** Orders whose end somebody should know of, with what they did. */
const orders: readonly { readonly pattern: RegExp; readonly message: string }[] = [
  { pattern: /^ipam\.antrea\.io\/ippools$/, message: 'pods no longer get addresses of an Antrea pool' },
  {
    pattern: /^service\.antrea\.io\/external-ip-pool$/,
    message: 'the Service no longer gets an address of an Antrea pool',
  },
  {
    pattern: /^nodeportlocal\.antrea\.io\/enabled$/,
    message: 'Antrea NodePortLocal no longer applies; use IP targets for the load balancer',
  },
  {
    pattern: /^networkpolicy\.antrea\.io\/enable-logging$/,
    message: 'Antrea no longer logs connections that policies reject',
  },
  {
    pattern: /^projectcontour\.io\/upstream-protocol\./,
    message:
      'Contour learned from this annotation that the Service speaks TLS or HTTP/2; configure it for the controller of the target',
  },
  {
    pattern: /^vpc\.amazonaws\.com\/(?:pod-eni|pod-ips)$/,
    message: 'the pod no longer has an interface of its own in the VPC',
  },
  { pattern: /^k8s\.amazonaws\.com\/eniConfig$/, message: 'custom networking of the VPC CNI no longer applies' },
  {
    pattern: /^aviinfrasetting\.ako\.vmware\.com\/name$/,
    message: 'the AviInfraSetting set network and exposure for everything in the namespace, and no longer applies',
  },
  { pattern: /^ako\.vmware\.com\/tenant-name$/, message: 'the Avi tenant of the namespace no longer applies' },
];

/** Revisions of the managed Istio of AKS. */
const managedMesh = /^asm-[0-9]/;

/** Of a Namespace; those of Services and Ingresses are read by the rules of load balancers. */
const aviOrder = /^(?:[a-z0-9]+\.)?ako\.vmware\.com\//;

export const marks: PackRule = {
  id: 'marks',
  from: everywhere,
  to: everywhere,
  kinds: ['*'],
  matches:
    'labels and annotations of the platform’s components: AKO, NSX, CNS and CSI state, kapp, Antrea, VPC CNI, AKS',
  does: 'Removes state and orders of components the target does not have; labels together with selectors that name them.',
  loses: [
    'orders to Antrea and the VPC network: address pools, NodePortLocal, logging of policies, pod interfaces',
    'sidecars of the managed mesh of AKS',
  ],
  sources: [
    'https://github.com/kubernetes-sigs/vsphere-csi-driver/blob/master/pkg/csi/service/common/constants.go',
    'https://github.com/antrea-io/antrea/tree/main/docs',
    'https://carvel.dev/kapp/docs/latest/config/',
  ],
  translate(draft, { head, templates, contains }, { from, to, target }) {
    if (!contains(anyMark)) return;
    const keepsContour = serves(target, 'projectcontour.io', 'HTTPProxy');
    const pattern = stateMarks[from];
    const isNamespace = head.ref.group === '' && head.ref.kind === 'Namespace';
    const isRemoved = (key: string): boolean =>
      (pattern.test(key) || (isNamespace && from === 'vks' && aviOrder.test(key))) &&
      !(keepsContour && key.startsWith('projectcontour.io/'));
    const own = templates.filter((path) => path.length > 0);
    const holders = [draft.root, ...own.flatMap((path) => tree(draft.root, ...path) ?? [])].flatMap(
      (holder) => tree(holder, 'metadata') ?? []
    );
    for (const holder of holders) {
      const names = Object.keys(tree(holder, 'annotations') ?? {});
      for (const { pattern: order, message } of orders) {
        const name = names.find((one) => order.test(one) && isRemoved(one));
        if (name !== undefined) draft.loss(`/metadata/annotations/${name.replaceAll('/', '~1')}`, message);
      }
      const revision = text(tree(holder, 'labels'), 'istio.io/rev');
      if (from === 'aks' && managedMesh.test(revision))
        draft.loss(
          '/metadata/labels/istio.io~1rev',
          `revision ${revision} of the mesh is one of AKS: without it on the target no sidecar is injected, and traffic between pods is plain`,
          { remedy: 'install Istio on the target with a revision or a tag of that name, or label it with another one' }
        );
    }
    draft.step(`nothing on ${to.toUpperCase()} reads it`, (root) => {
      for (const holder of holders) prune(holder as Tree, 'annotations', isRemoved);
      if (carriesLabel(root, isRemoved)) removeLabels(root, { ref: head.ref, templates }, isRemoved);
    });
    for (const path of templates)
      removeReadinessGates(draft.root, [...path, 'spec'], (effect) =>
        draft.step(
          'a load balancer controller of the source sets this readiness gate; pods would never become ready',
          effect
        )
      );
  },
};

/** Cheap look before the walk over every selector. */
function carriesLabel(value: unknown, isRemoved: (key: string) => boolean): boolean {
  if (Array.isArray(value)) return value.some((item) => carriesLabel(item, isRemoved));
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(
    ([key, member]) =>
      (key !== 'annotations' && key !== 'data' && carriesLabel(member, isRemoved)) ||
      isRemoved(key) ||
      (key === 'key' && typeof member === 'string' && isRemoved(member))
  );
}

/** `target-health.*` gates are set by webhooks from outside of the template, but older ones stand in it. */
function removeReadinessGates(root: Tree, podSpec: readonly string[], step: (effect: () => void) => void): void {
  const spec = tree(root, ...podSpec);
  const gates = trees(spec, 'readinessGates');
  if (spec === undefined || gates.length === 0) return;
  step(() => {
    const kept = gates.filter((gate) => !text(gate, 'conditionType').startsWith('target-health.'));
    if (kept.length === 0) delete spec['readinessGates'];
    else spec['readinessGates'] = kept;
  });
}
