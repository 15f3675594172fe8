import { readFileSync } from 'node:fs';
import type { Dependencies } from '../activities/runtime/dependencies.ts';
import { trackEffect, followRequest, assertNotFenced } from '../activities/runtime/session.ts';
import { checkFence, doubtFence } from '../src/archive/sweep-fence.ts';
import { resolveSecret } from '../src/host/secret-source.ts';
import { createLimiters } from '../src/kube/limiters.ts';
import { connectionsDefault, createCluster } from '../src/kube/index.ts';
import { openLocation } from '../src/locations/open-location.ts';
import { briefRetry } from '../src/locations/with-retry.ts';
import { defaultS3Credentials } from '../src/locations/s3/default-credentials.ts';
import { createKopiaMover } from '../src/movers/kopia/mover.ts';
import { noFailpoints } from '../src/ports/failpoints.ts';
import type { Cluster } from '../src/ports/cluster.ts';
import type { Failpoints } from '../src/ports/failpoints.ts';
import { createGuard, type Guard } from './policy/guard.ts';
import type { Policy } from './policy/policy.ts';

/**
 * The composition root: real clusters, real stores, at every effect the given failpoints and the fence, and between the worker and
 * what a run names the policy of its operator.
 */
export function createDependencies(policy: Policy, given: Failpoints = noFailpoints): Dependencies {
  const guard = createGuard(policy);
  const failpoints = fenced(given);
  const limiters = createLimiters(connectionsDefault);
  return {
    openCluster: async (spec, role, onRetry) => {
      const { loadKubeconfig } = guard;
      const cluster = await createCluster(spec, { failpoints, role, onRetry, limiters, followRequest, loadKubeconfig });
      return withHooksChecked(cluster, guard);
    },
    openLocation: async (spec, onRetry, patience) => {
      await guard.checkLocation(spec);
      return openLocation(spec, {
        ...{ failpoints, followRequest },
        onRetry(retry) {
          doubtFence(retry);
          onRetry(retry);
        },
        onRungChange: ({ failed, next, error }) =>
          onRetry({
            subject: `Location ${spec.name} by the rung ${next} of access, since ${failed} is refused`,
            code: error.code,
            ...{ attempt: 1, attemptsMax: 1 + (spec.access?.length ?? 0), delayMs: 0 },
          }),
        ...(patience === 'brief' ? { retry: briefRetry } : {}),
      });
    },
    checkRun: guard.checkRun,
    createMover: ({ spec, runId, seal, ...clusters }) =>
      createKopiaMover({
        ...clusters,
        location: spec.location,
        landfallNamespace: spec.landfallNamespace,
        image: spec.moverImage,
        ...(spec.volumes.movers === undefined ? {} : { pods: spec.volumes.movers }),
        runId,
        failpoints,
        ...(seal === undefined ? {} : { seal }),
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
 * over: the last check is right before the effect. And an attempt does not end while a write of it is under way.
 */
function fenced(failpoints: Failpoints): Failpoints {
  return {
    async before(effect) {
      await failpoints.before(effect);
      assertNotFenced();
      checkFence(effect);
    },
    sending: assertNotFenced,
    during: trackEffect,
    after: (effect) => failpoints.after(effect),
  };
}

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return version;
}
