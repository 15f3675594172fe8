import { loadPackageDefinition, type ServiceClientConstructor } from '@grpc/grpc-js';
import { load } from '@grpc/proto-loader';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { openDriver, type DriverOptions } from './driver.ts';
import { createIdentity } from './identity.ts';
import { createNode } from './node.ts';
import { resolveProtos } from './protos.ts';
import { createRegistration } from './registration.ts';
import { serve, type Implementation, type Listening } from './serve.ts';
import { createSnapshotHandlers } from './snapshots.ts';
import { createVolumeHandlers } from './volumes.ts';

const USAGE = `usage: main.ts --endpoint unix:///path/csi.sock --node-id NAME --root DIR
  [--registration-socket PATH] [--driver-name NAME] [--no-topology]`;

const SOCKET_PATH_BYTES_MAX = 107;

interface Arguments extends DriverOptions {
  readonly socket: string;
  readonly registrationSocket: string | undefined;
}

function parseArguments(): Arguments {
  const { values } = parseArgs({
    options: {
      endpoint: { type: 'string' },
      'node-id': { type: 'string' },
      root: { type: 'string' },
      'registration-socket': { type: 'string' },
      'driver-name': { type: 'string', default: 'csi.lab.landfall.dev' },
      topology: { type: 'boolean', default: true },
    },
    allowNegative: true,
  });
  const { endpoint, root, 'node-id': nodeId } = values;
  if (endpoint === undefined || nodeId === undefined || root === undefined) throw new Error(USAGE);
  const socket = endpoint.replace(/^unix:(\/\/)?/, '');
  for (const path of [socket, values['registration-socket'] ?? '']) requireShortPath(path);
  return {
    socket,
    registrationSocket: values['registration-socket'],
    driverName: values['driver-name'],
    nodeId,
    root,
    topology: values.topology,
  };
}

/** sun_path in unix(7) has 108 bytes with the final zero; the system's own message would only say "invalid argument". */
function requireShortPath(path: string): void {
  if (Buffer.byteLength(path) <= SOCKET_PATH_BYTES_MAX) return;
  throw new Error(`socket path is longer than ${String(SOCKET_PATH_BYTES_MAX)} bytes: ${path}`);
}

async function loadService(protoPath: string, packageName: string, name: string) {
  const loaded = loadPackageDefinition(
    await load(protoPath, { longs: Number, enums: String, defaults: true, oneofs: true })
  );
  let scope: unknown = loaded;
  for (const part of [...packageName.split('.'), name]) {
    scope = (scope as Record<string, unknown>)[part];
  }
  return (scope as ServiceClientConstructor).service;
}

async function main(): Promise<void> {
  const options = parseArguments();
  const log = (line: string): void => {
    process.stdout.write(`${new Date().toISOString()} ${line}\n`);
  };
  const protos = await resolveProtos();
  const driver = await openDriver(options);
  const controller = { ...createVolumeHandlers(driver), ...createSnapshotHandlers(driver) };
  const services: Implementation[] = [];
  for (const [name, handlers] of [
    ['Identity', createIdentity(driver)],
    ['Controller', controller],
    ['Node', createNode(driver)],
  ] as const) {
    services.push({ definition: await loadService(protos.csi, 'csi.v1', name), handlers });
  }
  const listening: Listening[] = [];
  await mkdir(dirname(options.socket), { recursive: true });
  listening.push(await serve(options.socket, services, log));
  if (options.registrationSocket !== undefined) {
    const definition = await loadService(protos.registration, 'pluginregistration', 'Registration');
    const handlers = createRegistration(driver, options.socket, log);
    listening.push(await serve(options.registrationSocket, [{ definition, handlers }], log));
  }
  log(`${driver.driverName} on node ${driver.nodeId} listens at ${options.socket}`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void Promise.all(listening.map(async (server) => server.stop())).then(() => process.exit(0));
    });
  }
}

await main().catch((cause: unknown) => {
  process.stderr.write(`${cause instanceof Error ? cause.message : String(cause)}\n`);
  process.exit(1);
});
