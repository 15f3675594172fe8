import { loadJson } from '../../src/archive/run-objects.ts';
import type { CheckedPart } from '../../src/assess/contract.ts';
import type { RawFinding } from '../../src/core/findings/finding.ts';
import type { Inventory } from '../../src/assess/inventory.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';
import { made, notMade, storePart } from '../../src/services/assess/part.ts';
import { probeNamespace, probeRefusal, runProbePod } from '../../src/services/assess/probe-pod.ts';
import type { Session } from '../../src/services/session.ts';
import type { Progress } from '../../src/services/progress.ts';

/** Addresses a pod asks; with 16 at a time and 5 s each that is a minute and a half at worst. */
const addressesMax = 300;
const id = 'external/probe';

/** Asks external addresses from a pod of the target: resolves, connects, does TLS, speaks the first packet. */
export async function probeAddresses(
  session: Session<'target'>,
  progress: Progress,
  inventory: StoredRef
): Promise<CheckedPart> {
  const { addresses } = await loadJson<Inventory>(session.location, inventory);
  if (addresses.length === 0)
    return storePart(session, { findings: [], outcomes: [made(id, 'external')], measures: {} });
  const refused = await probeRefusal(session, progress.signal);
  if (refused !== undefined)
    return storePart(session, { findings: [], outcomes: [notMade(id, 'external', refused)], measures: {} });
  const asked = addresses.slice(0, addressesMax);
  const config = {
    mode: 'addresses',
    addresses: asked.map(({ host, port, protocol }) => ({ host, port, protocol })),
  } as const;
  const namespace = await probeNamespace(session, progress.signal);
  const probed = await runProbePod(session, progress, { namespace, name: 'external', config });
  if ('why' in probed)
    return storePart(session, { findings: [], outcomes: [notMade(id, 'external', probed.why)], measures: {} });
  const uses = new Map(asked.map((one) => [one.port === 0 ? one.host : `${one.host}:${one.port}`, one]));
  const findings = probed.results.flatMap(({ subject, step, problem }): RawFinding[] => {
    if (problem === '') return [];
    return [
      {
        code: 'EXTERNAL_UNREACHABLE',
        subject,
        namespace: uses.get(subject)?.namespace ?? '',
        side: 'target',
        message: `it fails at "${step}": ${problem}; used in ${uses.get(subject)?.where ?? ''}`,
        evidence: `tested from a pod on ${session.target.name}`,
      },
    ];
  });
  const remaining = addresses.length - probed.results.length;
  const outcome =
    remaining === 0 ? made(id, 'external') : notMade(id, 'external', `${remaining} addresses were not tested`);
  return storePart(session, { findings, outcomes: [outcome], measures: { addressesAsked: probed.results.length } });
}
