/** The bundle's entry: every workflow type by its exported name. */
export { assess } from './assess/assess.ts';
export { assessOnSchedule } from './assess/scheduled.ts';
export { backup } from './backup/backup.ts';
export { cleanup } from './cleanup/cleanup.ts';
export { copy } from './copy/copy.ts';
export { migrate } from './migrate/migrate.ts';
export { importVolume } from './migrate/volume.ts';
export { approve } from './plan/approve.ts';
export { plan } from './plan/plan.ts';
export { prune } from './prune/prune.ts';
export { verify } from './verify/verify.ts';
export { exportVolume } from './volumes/volume.ts';
export { wave } from './wave/wave.ts';
export { protectOnSchedule } from './protect/protect.ts';
export { restore } from './restore/restore.ts';
