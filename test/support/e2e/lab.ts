import { buildImage } from '../../../lab/images/build.ts';
import { clusterNames, importImage, lineProgress, up, type Lab } from '../../../lab/index.ts';

/** The whole lab of the end-to-end tests; another name keeps two of their runs in one checkout apart. */
export const labName = process.env['LANDFALL_E2E_LAB'] ?? 'e2e';

/** Brings the lab up with the images of test application and mover on both sides, or finds it so. */
export async function bringUpLab(say: (line: string) => void): Promise<Lab> {
  const lab = await up({ name: labName, progress: lineProgress(say) });
  for (const image of ['busybox', 'mover'] as const) {
    const { tar } = await buildImage(image, { onProgress: say });
    for (const side of clusterNames) await importImage(lab, side, tar);
  }
  return lab;
}
