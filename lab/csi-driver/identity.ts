import type { Driver } from './driver.ts';
import type { Handlers } from './serve.ts';

/** The Identity service: who this is and that it is ready. */
export function createIdentity(driver: Driver): Handlers {
  return {
    GetPluginInfo: () => ({ name: driver.driverName, vendorVersion: '1' }),
    GetPluginCapabilities: () => ({ capabilities: pluginCapabilities(driver.topology) }),
    Probe: () => ({ ready: { value: true } }),
  };
}

function pluginCapabilities(topology: boolean): readonly object[] {
  const services = ['CONTROLLER_SERVICE', ...(topology ? ['VOLUME_ACCESSIBILITY_CONSTRAINTS'] : [])];
  return [...services.map((type) => ({ service: { type } })), { volumeExpansion: { type: 'ONLINE' } }];
}
