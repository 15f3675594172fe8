import { openProvider } from '../../src/locations/registry.ts';
import type { LocationSpec } from '../../src/core/spec/spec.ts';

/** A process of its own that stores one object of 24 MiB, to be killed in the middle of it. */
const { spec, key } = JSON.parse(process.argv[2] ?? '') as { readonly spec: LocationSpec; readonly key: string };
const location = await openProvider(spec);
await location.create(key, Buffer.alloc(24 * 1024 * 1024, 7));
