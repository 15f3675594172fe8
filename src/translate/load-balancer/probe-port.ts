import { numeric, text, trees } from '../draft.ts';
import type { ProbePort } from './model.ts';
import type { Tree } from '../../core/json/tree.ts';

/** The ports of a Service. */
export function portsOf(root: Tree): readonly Tree[] {
  return trees(root['spec'], 'ports');
}

/** Those that are asked: checks of health are made by TCP. */
export function tcpPortsOf(root: Tree): readonly Tree[] {
  return portsOf(root).filter((port) => (text(port, 'protocol') || 'TCP') === 'TCP');
}

/** The port of kube-proxy's own health check, which answers on every node. */
const kubeProxyPort = 10256;

/**
 * A health check's port as a number of the pods, for targets by address: undefined where no port of the Service leads
 * to it, or only by a name that is known of the pods alone.
 */
export function podPortOf(probe: ProbePort, root: Tree): string | undefined {
  if (probe.of === 'pod') return String(probe.port);
  if (probe.of === 'node') {
    const known = tcpPortsOf(root).find((port) => numeric(port, 'nodePort') === probe.port);
    return known === undefined ? undefined : targetOf(known);
  }
  const { port: name } = probe;
  const known = tcpPortsOf(root).find((port) => isPort(port, String(name)));
  return known === undefined ? undefined : targetOf(known);
}

/** The same as a port of the Service, which Azure takes for its node port; undefined where the pods alone have it. */
export function servicePortOf(probe: ProbePort, root: Tree): string | undefined {
  const ports = tcpPortsOf(root);
  const known = ports.find((port) =>
    probe.of === 'service'
      ? isPort(port, probe.port)
      : probe.of === 'pod'
        ? targetOf(port) === String(probe.port)
        : numeric(port, 'nodePort') === probe.port
  );
  if (known !== undefined) return String(known['port']);
  return probe.of === 'node' ? String(probe.port) : undefined;
}

/** True where nothing says that nodes answer there: neither a port of the Service nor kube-proxy. */
export function isBareNodePort(probe: ProbePort, root: Tree): boolean {
  if (probe.of !== 'node' || probe.port === kubeProxyPort) return false;
  return tcpPortsOf(root).every(
    (port) => numeric(port, 'nodePort') !== probe.port && numeric(port, 'port') !== probe.port
  );
}

function isPort(port: Tree, value: string): boolean {
  return text(port, 'name') === value || String(port['port']) === value;
}

/** The number pods listen on; a name of theirs is not known here. */
function targetOf(port: Tree): string | undefined {
  const target = port['targetPort'];
  if (target === undefined || target === 0) return String(port['port']);
  const number = numeric(port, 'targetPort');
  return number === undefined ? undefined : String(number);
}
