import { compileGlobs } from '../../core/select/glob.ts';
import type { ConfigDocument, Violation } from '../../config/document.ts';
import { parseDuration } from '../../config/duration.ts';
import type { ConfigPath } from '../../config/problem.ts';
import type { Rule } from '../../config/kind.ts';
import type { Hook, Migration } from './schema.ts';

type MigrationDocument = ConfigDocument<Migration>;

/** A frozen application is worse than a failed hook: nothing may hang longer. */
const hookTimeoutMaxMs = 4 * 3_600_000;
const volumeTimeoutMaxMs = 30 * 86_400_000;

/** Times that can be kept; hooks that run where something moves. */
export const hookRules: readonly Rule<Migration>[] = [
  { name: 'hook-timeouts-are-short', local: true, check: hookTimeouts },
  { name: 'hook-namespaces-are-in-scope', check: hookNamespaces },
  { name: 'hook-names-are-unique', local: true, check: hookNames },
  { name: 'volume-timeout-is-sane', local: true, check: volumeTimeout },
];

function eachHook(document: MigrationDocument, check: (hook: Hook, path: ConfigPath) => Violation[]): Violation[] {
  const { hooks } = document.value.spec;
  return (['pre', 'post'] as const).flatMap((when) =>
    hooks[when].flatMap((hook, index) => check(hook, ['spec', 'hooks', when, index]))
  );
}

function hookTimeouts(document: MigrationDocument): Violation[] {
  return eachHook(document, (hook, path) =>
    boundedTime(hook.timeout, [hookTimeoutMaxMs, '4h'], { document, path: [...path, 'timeout'] })
  );
}

function volumeTimeout(document: MigrationDocument): Violation[] {
  const path = ['spec', 'volumes', 'timeout'];
  return boundedTime(document.value.spec.volumes.timeout, [volumeTimeoutMaxMs, '30d'], { document, path });
}

function boundedTime(
  text: string,
  [maxMs, maxText]: readonly [number, string],
  place: Pick<Violation, 'document' | 'path'>
): Violation[] {
  const ms = parseDuration(text) ?? 0;
  const what = ms === 0 ? 'is not a positive duration' : `is longer than ${maxText}`;
  return ms > 0 && ms <= maxMs ? [] : [{ ...place, what, hint: `choose a duration above 0 and at most ${maxText}` }];
}

function hookNamespaces(document: MigrationDocument): Violation[] {
  const { scope } = document.value.spec;
  return eachHook(document, (hook, path) => {
    if (compileGlobs(scope.namespaces)(hook.namespace)) return [];
    const hint = `hooks run in source namespaces that move: ${scope.namespaces.slice(0, 8).join(', ')}`;
    return [{ document, path: [...path, 'namespace'], what: 'is not in spec.scope.namespaces', hint }];
  });
}

function hookNames(document: MigrationDocument): Violation[] {
  const seen = new Set<string>();
  return eachHook(document, (hook, path) => {
    const id = `${path[2]}/${hook.name}`;
    const known = seen.has(id);
    seen.add(id);
    return known
      ? [
          {
            document,
            path: [...path, 'name'],
            what: 'is already used by a hook above',
            hint: 'choose a different name',
          },
        ]
      : [];
  });
}
