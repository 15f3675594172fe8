import type { AzureLocationSpec } from '../../core/spec/spec.ts';
import { azureError } from './azure-error.ts';
import { openAzureContainer } from './container.ts';
import type { Protection } from '../../ports/protection.ts';

const timeoutMs = 15_000;

/** Immutability of a container (Get Container Properties). How long its policy lasts only the management API says. */
export async function readAzureProtection(spec: AzureLocationSpec, signal: AbortSignal): Promise<Protection> {
  const { container, route } = await openAzureContainer(spec);
  try {
    const properties = await container.getProperties({
      abortSignal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    const held = properties.hasLegalHold === true;
    return {
      versioned: properties.isImmutableStorageWithVersioningEnabled === true,
      ...(held || properties.hasImmutabilityPolicy === true
        ? { retention: { mode: held ? 'a legal hold' : 'an immutability policy', days: 0 } }
        : {}),
    };
  } catch (error) {
    signal.throwIfAborted();
    const location = `${spec.name} (container ${spec.account}/${spec.container})`;
    throw azureError(error, { location, operation: 'read', key: 'its immutability', route: route.text });
  } finally {
    route.close();
  }
}
