import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { alternate, type Sample } from '../alternate.ts';
import { sampled } from '../contest-part.ts';
import { startContestant } from '../contestant.ts';
import { namespaceNames } from '../fixture.ts';
import { processorTime, stealPercent } from '../host.ts';
import { specOf, type MigrateRequest } from '../landfall.ts';
import type { Part, PartOptions, PartReport } from '../part.ts';
import { openPlace, type Place } from '../place.ts';
import { judge } from '../result.ts';
import { contestTable } from '../tables.ts';

const namespaceCount = 10;
const processes = ['source/kube-apiserver', 'source/etcd', 's3'];

/** The same capture into a Location that is sealed for two recipients, and into one in clear. */
export const encryption: Part = {
  name: 'encryption',
  title: 'Encryption: a sealed capture beside one in clear',
  expectedMinutes: 4,
  inQuick: false,
  run,
};

async function run({ scale, say }: PartOptions): Promise<PartReport> {
  const count = Math.round(10_000 * scale);
  const rounds = 6;
  const place = await openPlace();
  const [sealed, clear] = [startContestant(), startContestant()];
  try {
    const namespaces = namespaceNames('sealed', namespaceCount);
    say(`planting ${count} objects`);
    for (const [seed, name] of namespaces.entries()) await place.plant('source', name, count / namespaceCount, seed);
    const seal = await twoRecipients(place);
    const before = processorTime();
    let runs = 0;
    const captureOnce = async (contestant: typeof clear, more: Pick<MigrateRequest, 'encryption'>): Promise<Sample> => {
      const spec = specOf(place, { name: `sealed-${++runs}`, namespaces, mapping: {}, ...more });
      return (await sampled(place, contestant, { task: { type: 'landfall.capture', spec }, processes })).sample;
    };
    const contest = await alternate(
      () => captureOnce(sealed, { encryption: seal }),
      () => captureOnce(clear, {}),
      { rounds, onRound: (done) => say(`round ${done} of ${rounds}`) }
    );
    return {
      results: [
        judge({
          ...{ what: `capture of ${count} objects: encrypted / in clear, wall time`, direction: 'at most' },
          ...{ target: 1.15, measured: contest.wall, control: contest.control, stealPercent: stealPercent(before) },
        }),
      ],
      tables: [contestTable({ caption: `Capture of ${count} objects`, names: ['encrypted', 'in clear'] }, contest)],
      plots: [],
      notes: [
        'Each capture begins in an empty part of the bucket; the key of the Location is made before the time counts.',
      ],
    };
  } finally {
    for (const contestant of [sealed, clear]) contestant.end();
    await place.end();
  }
}

async function twoRecipients(place: Place): Promise<Exclude<MigrateRequest['encryption'], 'none' | undefined>> {
  const [own, other] = [await generateX25519Identity(), await generateX25519Identity()];
  const file = join(place.lab.stateDirectory, 'bench-identity.txt');
  writeFileSync(file, `${own}\n`, { mode: 0o600 });
  return { recipients: [await identityToRecipient(own), await identityToRecipient(other)], identity: { file } };
}
