import { isWider, neededLevel } from '../pod-security.ts';
import { ensureTree, text, tree } from '../draft.ts';
import { everywhere, type PackRule } from '../pack.ts';

const enforce = 'pod-security.kubernetes.io/enforce';

/** Namespaces carry the level the table names; never a wider one by itself. */
export const podSecurityLabels: PackRule = {
  id: 'pod-security-labels',
  from: everywhere,
  to: everywhere,
  kinds: ['/Namespace'],
  matches:
    'namespaces in translation.podSecurity; when moving to VKS also those that set no level, because VKS enforces restricted by default',
  does: 'Sets the pod security level from translation.podSecurity; reports where the target’s default is stricter than the source’s.',
  loses: [],
  sources: [
    'https://kubernetes.io/docs/concepts/security/pod-security-standards/',
    'https://techdocs.broadcom.com/us/en/vmware-cis/vcf/vsphere-supervisor-services-and-standalone-components/latest/managing-vsphere-kuberenetes-service-clusters-and-workloads/managing-security-for-tkg-service-clusters/configure-psa-for-tkr-1-25-and-later.html',
  ],
  translate(draft, { head }, { tables, to, from }) {
    const { name } = head.ref;
    const level = Object.hasOwn(tables.podSecurity, name) ? tables.podSecurity[name] : undefined;
    const metadata = tree(draft.root, 'metadata');
    if (metadata === undefined) return;
    if (level !== undefined) {
      draft.step('set in translation.podSecurity', () => {
        const labels = ensureTree(metadata, 'labels');
        labels[enforce] = level;
        const version = `${enforce}-version`;
        if (text(labels, version) === '') labels[version] = 'latest';
      });
      return;
    }
    if (to !== 'vks' || head.labels[enforce] !== undefined) return;
    draft.manual(
      '/metadata/labels',
      `${from.toUpperCase()} enforces no level if a namespace sets none; VKS enforces restricted`,
      `write ${name}: restricted, baseline or privileged to translation.podSecurity`
    );
  },
};

/** What a workload needs, reported where nobody has allowed it yet. */
export const podSecurityNeeds: PackRule = {
  id: 'pod-security-needs',
  from: ['eks', 'aks'],
  to: ['vks'],
  kinds: ['pods'],
  matches: 'workloads that need more than restricted, where translation.podSecurity does not allow it',
  does: 'Computes the level that each workload needs and reports it; changes nothing.',
  loses: [],
  sources: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/'],
  translate(draft, { head, podSpec }, { tables }) {
    const spec = podSpec === undefined ? undefined : tree(draft.root, ...podSpec);
    if (spec === undefined || podSpec === undefined) return;
    const allowed = Object.hasOwn(tables.podSecurity, head.ref.namespace)
      ? tables.podSecurity[head.ref.namespace]
      : 'restricted';
    const { level, reasons } = neededLevel(spec);
    if (allowed === undefined || !isWider(level, allowed)) return;
    draft.manual(
      `/${podSpec.join('/')}`,
      `it needs the level ${level} (${reasons.join('; ')}); VKS enforces ${allowed} unless its namespace sets a different level`,
      `restrict the workload, or write ${head.ref.namespace}: ${level} to translation.podSecurity`
    );
  },
};
