import type { Driver } from './driver.ts';
import type { Handlers } from './serve.ts';

/**
 * The kubelet's Registration service (its plugin watcher finds the socket and asks): takes the place of the
 * node-driver-registrar sidecar. `version` is that of the registration protocol for CSI, not of the driver.
 */
export function createRegistration(driver: Driver, socketPath: string, log: (line: string) => void): Handlers {
  return {
    GetInfo: () => ({
      type: 'CSIPlugin',
      name: driver.driverName,
      endpoint: socketPath,
      supportedVersions: ['1.0.0'],
    }),
    NotifyRegistrationStatus: (request: { pluginRegistered: boolean; error: string }) => {
      log(request.pluginRegistered ? 'registered with the kubelet' : `not registered: ${request.error}`);
      return {};
    },
  };
}
