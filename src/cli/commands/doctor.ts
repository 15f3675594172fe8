import { Command } from 'commander';
import { judgeAccess, type DoctorReport } from '../../core/access/verdict.ts';
import { loadFile } from '../../model/load-file.ts';
import { doctorLines } from '../doctor/text.ts';
import { tryCluster } from '../../services/doctor/try-cluster.ts';
import { tryLocation } from '../doctor/try-location.ts';
import { outputOption } from './points-flags.ts';

/** `landfall doctor -f FILE`: tries every way into every Location and Cluster with a real read. Writes nothing. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('try every way into each Location and Cluster of a file with a real read; shows what ends first')
    .requiredOption('-f, --file <file>', 'the file')
    .addOption(outputOption())
    .action(async (flags: { readonly file: string; readonly output: 'text' | 'json' }) => {
      const report = await examine(flags.file);
      console.log(flags.output === 'json' ? JSON.stringify(report, null, 2) : doctorLines(report).join('\n'));
      if (!report.restorable) process.exitCode = codeOf(report);
    });
}

async function examine(file: string): Promise<DoctorReport> {
  const { locations, clusters } = await loadFile(file);
  const [stores, apis] = await Promise.all([
    Promise.all(locations.map((location) => tryLocation(location, locations))),
    Promise.all(clusters.map((cluster) => tryCluster(cluster))),
  ]);
  return judgeAccess([...stores, ...apis], new Date().toISOString());
}

/** As a run would end: a Location, else a cluster, that lets nobody in; partial where nothing is stored. A file without either is one of configuration. */
function codeOf({ subjects }: DoctorReport): number {
  const broken = subjects.filter(({ works }) => !works);
  if (broken.length === 0) return 2;
  const closed = broken.filter(({ ways }) => ways.every(({ read }) => read === undefined));
  if (closed.some(({ kind }) => kind === 'Location')) return 12;
  return closed.length > 0 ? 11 : 3;
}
