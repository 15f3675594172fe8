import { numeric, text, trees } from '../draft.ts';
import { protocolOf, whole, type HealthCheck, type LoadBalancerModel, type ProbePort } from './model.ts';
import type { Tree } from '../../core/json/tree.ts';

const service = 'service.beta.kubernetes.io/azure-load-balancer-health-probe-';
const portKey = (port: string, field: string): string =>
  `service.beta.kubernetes.io/port_${port}_health-probe_${field}`;

/** What Azure takes `appProtocol` for: it chooses the probe of its port; any other word is TCP. */
export function azureProtocolOf(appProtocol: string): 'TCP' | 'HTTP' | 'HTTPS' {
  return protocolOf(appProtocol.trim());
}

/**
 * The probes of Azure, which asks each port by itself. Of the protocol the annotation of the port counts, then
 * `appProtocol`, then the annotation of the Service, then TCP (cloud-provider-azure, buildHealthProbeRulesForPort); with
 * the policy Local nodes answer on the health check node port; UDP is not probed. Others check the Service: the first
 * port counts, one that differs is reported.
 */
export function readAzureProbes(model: LoadBalancerModel, root: Tree): void {
  const spec = root['spec'] as Tree | undefined;
  const annotations = (root['metadata'] as Tree | undefined)?.['annotations'] as Tree | undefined;
  const isLocal = text(spec, 'externalTrafficPolicy') === 'Local';
  const ports = trees(spec, 'ports').filter((port) => (text(port, 'protocol') || 'TCP') === 'TCP');
  let first: HealthCheck | undefined;
  for (const port of ports) {
    const number = String(port['port']);
    if (isLocal && text(annotations, portKey(number, 'port')) === '') continue;
    const probe = probeOf(model, { annotations, port, ports });
    if (first === undefined) first = Object.assign(model.health, probe);
    else reportDifferences(model, { first, probe, number });
  }
}

interface Asked {
  readonly annotations: Tree | undefined;
  readonly port: Tree;
  readonly ports: readonly Tree[];
}

function probeOf(model: LoadBalancerModel, { annotations, port, ports }: Asked): HealthCheck {
  const number = String(port['port']);
  const said = (field: string): string => text(annotations, portKey(number, field));
  const path = said('request-path') || text(annotations, `${service}request-path`);
  const appProtocol = text(port, 'appProtocol');
  const own = said('protocol') || (appProtocol === '' ? text(annotations, `${service}protocol`) : '');
  const byAppProtocol = own === '' && appProtocol !== '' ? azureProtocolOf(appProtocol) : undefined;
  const probe: HealthCheck = {};
  if (own !== '') probe.protocol = protocolOf(own);
  else if (byAppProtocol !== undefined && byAppProtocol !== 'TCP') {
    if (path !== '') probe.protocol = byAppProtocol;
    else
      model.unmapped.push({
        key: 'appProtocol',
        what: `the ${byAppProtocol} probe of / that Azure derives from appProtocol, port ${number}`,
      });
  }
  if (path !== '' && probe.protocol !== undefined && probe.protocol !== 'TCP') probe.path = path;
  const probePort = said('port');
  if (probePort !== '' && probePort !== number) probe.port = whosePort(probePort, ports);
  const interval = whole(said('interval') || text(annotations, `${service}interval`));
  const count = whole(said('num-of-probe') || text(annotations, `${service}num-of-probe`));
  if (interval !== undefined) probe.intervalSeconds = interval;
  if (count !== undefined) probe.unhealthyCount = count;
  return probe;
}

/** A port of the Service stands for its node port; any other number is a port of the node itself. */
function whosePort(value: string, ports: readonly Tree[]): ProbePort {
  const isService = ports.some((one) => text(one, 'name') === value || numeric(one, 'port') === whole(value));
  const number = whole(value);
  return isService || number === undefined ? { of: 'service', port: value } : { of: 'node', port: number };
}

const words: Readonly<Record<string, string>> = {
  protocol: 'protocol',
  path: 'request-path',
  port: 'port',
  intervalSeconds: 'interval',
  unhealthyCount: 'num-of-probe',
};

function reportDifferences(
  model: LoadBalancerModel,
  { first, probe, number }: { readonly first: HealthCheck; readonly probe: HealthCheck; readonly number: string }
): void {
  const differing = Object.entries(words).filter(
    ([field]) => JSON.stringify(first[field as keyof HealthCheck]) !== JSON.stringify(probe[field as keyof HealthCheck])
  );
  for (const [, word] of differing)
    model.unmapped.push({ key: portKey(number, word), what: `a separate probe for port ${number}` });
}
