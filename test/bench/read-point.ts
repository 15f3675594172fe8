import { GetObjectCommand } from '@aws-sdk/client-s3';
import { verifyRecoveryPoint } from '../../src/archive/verify.ts';
import { openLocation } from '../../src/locations/open-location.ts';
import { openS3Client } from '../../src/locations/s3/client.ts';
import type { Task, TaskResult } from './contestant.ts';
import { measure } from './measure.ts';

type Verify = Extract<Task, { readonly type: 'landfall.verify' }>;
type Read = Extract<Task, { readonly type: 'floor.read' }>;

/** Reads a recovery point whole and compares every byte with what it should be, as `landfall points verify` does. */
export async function landfallVerify({ location: spec, point }: Verify): Promise<TaskResult> {
  const location = await openLocation(spec);
  try {
    return await measure(async () => {
      const { problems, objects, bytes } = await verifyRecoveryPoint(location, point);
      if (problems.length > 0) throw new Error(JSON.stringify(problems));
      return { objects, bytes };
    });
  } finally {
    await location.close();
  }
}

/** The same objects by bare ranged reads, one after the other; what arrives is counted and thrown away. */
export async function floorRead({ location, keys }: Read): Promise<TaskResult> {
  const { client, route } = openS3Client(location);
  try {
    return await measure(async () => {
      let bytes = 0;
      for (const key of keys) {
        const of = { Bucket: location.bucket, Key: `${location.prefix}${key}`, Range: 'bytes=0-' };
        const { Body } = await client.send(new GetObjectCommand(of));
        if (Body === undefined) throw new Error(`${key} has no content`);
        bytes += (await Body.transformToByteArray()).byteLength;
      }
      return { objects: keys.length, bytes };
    });
  } finally {
    client.destroy();
    route.close();
  }
}
