import { Command } from 'commander';
import { listPointFacts } from '../../archive/point-facts.ts';
import { summarisePoints } from '../../archive/point-summaries.ts';
import { forecast, type ForecastRow, type SizedPoint } from '../../core/protection/forecast.ts';
import type { PolicySpec } from '../../core/protection/policy.ts';
import { LandfallError } from '../../core/errors.ts';
import { formatBytes } from '../../core/run/format.ts';
import { openLocation } from '../../locations/open-location.ts';
import { loadFile } from '../../model/load-file.ts';
import { chooseNamed } from '../../runs/choose.ts';
import { table } from '../table.ts';
import { wholeNumberFrom } from './numbers.ts';
import { outputOption } from './points-flags.ts';

interface ForecastFlags {
  readonly file: string;
  readonly name?: string;
  readonly days: number;
  readonly output: 'text' | 'json';
}

const dayMs = 86_400_000;
const daysMax = 366;
const moments = [1, 7, 30, 90, 180, daysMax];

/** `landfall points forecast`: what a policy will have when. Needs the Location, and no Temporal. */
export function forecastCommand(): Command {
  return new Command('forecast')
    .description('show how many recovery points a policy will have when, and how many bytes at most')
    .requiredOption('-f, --file <file>', 'the configuration file: Cluster, Location and ProtectionPolicy documents')
    .option('--name <name>', 'the ProtectionPolicy to use, if the file has several')
    .option('--days <n>', 'how far to look, at most 366', wholeNumberFrom(1), 90)
    .addOption(outputOption())
    .action(async (flags: ForecastFlags) => {
      const policy = chooseNamed((await loadFile(flags.file)).policies, flags, 'ProtectionPolicy');
      if (flags.days > daysMax) {
        throw new LandfallError('CONFIG_INVALID', {
          what: `--days ${flags.days} is more than ${daysMax}`,
          fix: `use at most ${daysMax}`,
        });
      }
      const rows = forecastOf(policy, await pointsOf(policy), { nowMs: Date.now(), days: flags.days });
      console.log(flags.output === 'json' ? JSON.stringify(rows, null, 2) : forecastTable(rows));
    });
}

function forecastOf(
  { name, tiers }: PolicySpec,
  points: readonly SizedPoint[],
  { nowMs, days }: { readonly nowMs: number; readonly days: number }
): readonly ForecastRow[] {
  const atMs = [0, ...moments.filter((day) => day < days), days].map((day) => nowMs + day * dayMs);
  const hasVolumes = tiers.some(({ backup }) => backup.volumes.mode === 'move');
  return forecast(points, { policy: name, tiers: tiers.map(({ tier }) => tier), nowMs, atMs, hasVolumes });
}

async function pointsOf({ tiers }: PolicySpec): Promise<readonly SizedPoint[]> {
  const [first] = tiers;
  if (first === undefined) return [];
  const location = await openLocation(first.backup.location);
  try {
    const found = await summarisePoints(location, await listPointFacts(location));
    return found.map(({ manifest, ...point }) => ({
      ...point,
      bytes: manifest === undefined ? 0 : manifest.counts.segmentBytes + manifest.counts.volumeBytes,
    }));
  } finally {
    await location.close();
  }
}

function forecastTable(rows: readonly ForecastRow[]): string {
  return table(
    ['AT', 'TIER', 'POINTS', 'OLDEST', 'BYTES AT MOST'],
    rows.map(({ at, tier, points, oldest, bytes }) => [
      ...[at.slice(0, 16).replace('T', ' '), tier, String(points)],
      ...[oldest === '' ? '-' : oldest.slice(0, 16).replace('T', ' '), formatBytes(bytes)],
    ])
  );
}
