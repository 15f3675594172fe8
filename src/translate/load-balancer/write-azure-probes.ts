import { text, type Draft } from '../draft.ts';
import type { HealthCheck, LoadBalancerModel } from './model.ts';
import { isBareNodePort, servicePortOf, tcpPortsOf } from './probe-port.ts';
import { azureProtocolOf } from './read-azure-probes.ts';
import { annotate, azureKey as azure } from './write-common.ts';
import type { Tree } from '../../core/json/tree.ts';

/** `interval * count` has to stay below this, or the cloud provider refuses the Service. */
const totalSeconds = 120;
const defaults = { intervalSeconds: 5, unhealthyCount: 2 };

/**
 * Writes the probes of Azure. `appProtocol`, a hint elsewhere, chooses the probe of a port there and is stronger than the
 * annotation of the Service: where it would choose another than the source had, the port gets an annotation of its own.
 * With the policy Local nodes answer on the health check node port, and UDP is not probed.
 */
export function writeAzureProbes(draft: Draft, { health }: LoadBalancerModel): void {
  const ports = tcpPortsOf(draft.root);
  const isLocal = text(draft.root['spec'], 'externalTrafficPolicy') === 'Local';
  if (ports.length === 0 || isLocal) {
    if (Object.keys(health).length > 0)
      draft.loss(
        '/metadata/annotations',
        isLocal
          ? 'the health check: with externalTrafficPolicy Local, Azure probes the health check node port'
          : 'the health check: Azure does not probe UDP',
        { remedy: 'check that this is sufficient for the application' }
      );
    return;
  }
  const port = health.port === undefined ? undefined : servicePortOf(health.port, draft.root);
  const isLost = health.port !== undefined && port === undefined;
  if (isLost) reportLostPort(draft, health);
  if (health.port !== undefined && isBareNodePort(health.port, draft.root))
    draft.loss(
      '/metadata/annotations',
      `the probe uses port ${health.port.port} of the nodes, and it is not known whether nodes of the target respond there`,
      {
        remedy:
          'run a DaemonSet that responds there, or set a port of the Service in port_…_health-probe_port with a transform',
      }
    );
  const protocol = isLost ? 'TCP' : health.protocol;
  const values: Record<string, string> = {};
  if (protocol !== undefined && ports.some((one) => text(one, 'appProtocol') === ''))
    values[`${azure}load-balancer-health-probe-protocol`] = protocol.toLowerCase();
  if (health.path !== undefined && protocol !== 'TCP' && protocol !== undefined)
    values[`${azure}load-balancer-health-probe-request-path`] = health.path;
  for (const one of ports) Object.assign(values, ownAnnotations(one, protocol ?? 'TCP', port));
  Object.assign(values, timing(draft, health));
  if (health.timeoutSeconds !== undefined)
    draft.loss('/metadata/annotations', 'Azure probes have no timeout of their own', { remedy: 'check the interval' });
  if (health.healthyCount !== undefined)
    draft.loss('/metadata/annotations', 'Azure restores a target after one successful probe');
  if (Object.keys(values).length > 0) annotate(draft, 'the health probe, field by field', values);
}

function reportLostPort(draft: Draft, { port, protocol }: HealthCheck): void {
  const was = protocol === undefined || protocol === 'TCP' ? '' : `, by ${protocol}`;
  draft.loss(
    '/metadata/annotations',
    `the health check used port ${port?.port ?? ''} of the pods${was}; Azure probes nodes, and no port of the Service leads there: each port is probed over TCP`,
    { remedy: 'add a port to the Service that leads there, and set it in port_…_health-probe_port with a transform' }
  );
}

/** What only the annotation of a port can say. */
function ownAnnotations(
  port: Tree,
  protocol: 'TCP' | 'HTTP' | 'HTTPS',
  probePort: string | undefined
): Record<string, string> {
  const number = String(port['port']);
  const key = (field: string): string => `service.beta.kubernetes.io/port_${number}_health-probe_${field}`;
  const appProtocol = text(port, 'appProtocol');
  const turned = appProtocol !== '' && azureProtocolOf(appProtocol) !== protocol;
  return {
    ...(turned ? { [key('protocol')]: protocol.toLowerCase() } : {}),
    ...(probePort === undefined || probePort === number ? {} : { [key('port')]: probePort }),
  };
}

/** The least interval is 5 s, the least count 2, and both together stay below two minutes. */
function timing(draft: Draft, health: HealthCheck): Record<string, string> {
  if (health.intervalSeconds === undefined && health.unhealthyCount === undefined) return {};
  const given = { ...defaults, ...health };
  const interval = Math.min(Math.max(defaults.intervalSeconds, given.intervalSeconds), totalSeconds / 2 - 1);
  const most = Math.ceil(totalSeconds / interval) - 1;
  const count = Math.min(Math.max(defaults.unhealthyCount, given.unhealthyCount), most);
  if (interval !== given.intervalSeconds || count !== given.unhealthyCount)
    draft.loss(
      '/metadata/annotations',
      `${given.unhealthyCount} checks every ${given.intervalSeconds} s become ${count} every ${interval} s: Azure requires at least 2, at least 5 s apart, within two minutes`
    );
  const isCountSaid = health.unhealthyCount !== undefined || count !== defaults.unhealthyCount;
  const isIntervalSaid = health.intervalSeconds !== undefined || interval !== defaults.intervalSeconds;
  return {
    ...(isIntervalSaid ? { [`${azure}load-balancer-health-probe-interval`]: String(interval) } : {}),
    ...(isCountSaid ? { [`${azure}load-balancer-health-probe-num-of-probe`]: String(count) } : {}),
  };
}
