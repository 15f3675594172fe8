import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../src/host/command.ts';
import type { Kubectl } from './kubectl.ts';

const manifests = join(import.meta.dirname, 'manifests');

/** Must be there before the objects that need them: kinds, namespaces and what the cluster itself holds. */
const FIRST = ['00-definitions.yaml', '10-cluster.yaml'];

/**
 * Applies all objects of the demo, in the order of the manifests' names, and returns when the API server has them; nothing needs
 * to run for that, so a light lab will do. Idempotent.
 */
export async function applyDemoObjects(kubectl: Kubectl): Promise<void> {
  for (const file of FIRST) await kubectl(['apply', '-f', join(manifests, file)]);
  await kubectl([
    'wait',
    '--for=condition=Established',
    'crd/orders.demo.landfall.dev',
    'crd/blueprints.demo.landfall.dev',
    '--timeout=60s',
  ]);
  await applyTlsSecret(kubectl);
  await applyAtticScript(kubectl);
  const files = (await readdir(manifests)).filter((file) => file.endsWith('.yaml') && !FIRST.includes(file)).sort();
  for (const file of files) await kubectl(['apply', '-f', join(manifests, file)]);
  const status = { status: { phase: 'Shipped', observedSerial: 0 } };
  await kubectl([
    '--namespace=shop',
    'patch',
    'order/largest-number',
    '--subresource=status',
    '--type=merge',
    `--patch=${JSON.stringify(status)}`,
  ]);
}

/** Made when it is missing rather than kept in the repository; it is nobody's certificate. */
async function applyTlsSecret(kubectl: Kubectl): Promise<void> {
  const existing = await kubectl([
    '--namespace=shop',
    'get',
    'secret',
    'shop-tls',
    '--ignore-not-found',
    '--output=name',
  ]);
  if (existing !== '') return;
  const folder = await mkdtemp(join(tmpdir(), 'landfall-demo-'));
  try {
    const [key, certificate] = [join(folder, 'tls.key'), join(folder, 'tls.crt')];
    const names = ['-subj', '/CN=shop.example.test', '-addext', 'subjectAltName=DNS:shop.example.test'];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '3650'];
    await run('openssl', ['req', '-x509', ...kind, ...names, '-keyout', key, '-out', certificate]);
    await kubectl(['--namespace=shop', 'create', 'secret', 'tls', 'shop-tls', `--key=${key}`, `--cert=${certificate}`]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function applyAtticScript(kubectl: Kubectl): Promise<void> {
  const script = join(import.meta.dirname, 'attic-tree.sh');
  const create = ['--namespace=backoffice', 'create', 'configmap', 'attic-tree', `--from-file=${script}`];
  await kubectl(['apply', '-f', '-'], await kubectl([...create, '--dry-run=client', '--output=yaml']));
}
