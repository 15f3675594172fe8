import { readFileSync } from 'node:fs';
import type { Dependencies } from '../activities/runtime/dependencies.ts';
import { acting, followRequest, mayAct } from '../activities/runtime/session.ts';
import { checkFence, doubtFence } from '../src/archive/sweep-fence.ts';
import { resolveSecret } from '../src/host/secret-source.ts';
import { createGates } from '../src/kube/gates.ts';
import { connectionsDefault, createCluster } from '../src/kube/index.ts';
import { openLocation } from '../src/locations/open-location.ts';
import { briefRetry } from '../src/locations/with-retry.ts';
import { defaultS3Credentials } from '../src/locations/s3/default-credentials.ts';
import { createKopiaMover } from '../src/movers/kopia/mover.ts';
import { noSeams } from '../src/ports/seams.ts';
import type { Cluster } from '../src/ports/cluster.ts';
import type { Seams } from '../src/ports/seams.ts';
import { createGuard, type Guard } from './policy/guard.ts';
import type { Policy } from './policy/policy.ts';

/**
 * The composition root: real clusters, real stores, at every effect the given seams and the fence, and between the worker and
 * what a run names the policy of its operator.
 */
export function createDependencies(policy: Policy, given: Seams = noSeams): Dependencies {
  const guard = createGuard(policy);
  const seams = fenced(given);
  const gates = createGates(connectionsDefault);
  return {
    openCluster: async (spec, role, onRetry) => {
      const { loadKubeconfig } = guard;
      const cluster = await createCluster(spec, { seams, role, onRetry, gates, followRequest, loadKubeconfig });
      return withHooksChecked(cluster, guard);
    },
    openLocation: async (spec, onRetry, patience) => {
      await guard.checkLocation(spec);
      return openLocation(spec, {
        ...{ seams, followRequest },
        onRetry(retry) {
          doubtFence(retry);
          onRetry(retry);
        },
        ...(patience === 'brief' ? { retry: briefRetry } : {}),
      });
    },
    checkRun: guard.checkRun,
    createMover: ({ spec, runId, ...clusters }) =>
      createKopiaMover({
        ...clusters,
        location: spec.location,
        landfallNamespace: spec.landfallNamespace,
        image: spec.moverImage,
        ...(spec.volumes.movers === undefined ? {} : { pods: spec.volumes.movers }),
        runId,
        seams,
        resolveSecret,
        defaultS3Credentials,
      }),
    version: readVersion(),
  };
}

/** Hooks are all that is executed in pods of an application. */
function withHooksChecked(cluster: Cluster, { checkHooks }: Guard): Cluster {
  return {
    ...cluster,
    exec: async (request) => {
      await checkHooks();
      return cluster.exec(request);
    },
  };
}

/**
 * Nothing is written by an attempt that another worker may have taken over, and nothing is removed by a sweep whose time is
 * over: the last look is right before the effect. And an attempt does not end while a write of it is under way.
 */
function fenced(seams: Seams): Seams {
  return {
    async before(effect) {
      await seams.before(effect);
      mayAct();
      checkFence(effect);
    },
    sending: mayAct,
    during: acting,
    after: (effect) => seams.after(effect),
  };
}

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return version;
}
