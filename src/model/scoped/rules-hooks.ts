import { compileGlobs } from '../../core/select/glob.ts';
import type { ConfigDocument, Violation } from '../../config/document.ts';
import type { ConfigPath } from '../../config/problem.ts';
import type { Rule } from '../../config/kind.ts';
import { boundedTime } from './bounded-time.ts';
import type { HookedDocument } from './document.ts';
import type { Hook } from './schema.ts';

/** A frozen application is worse than a failed hook: nothing may hang longer. */
const hookTimeoutMaxMs = 4 * 3_600_000;

/** Times that can be kept; hooks that run where something is taken. */
export const hookRules: readonly Rule<HookedDocument>[] = [
  { name: 'hook-timeouts-are-short', local: true, check: hookTimeouts },
  { name: 'hook-namespaces-are-in-scope', check: hookNamespaces },
  { name: 'hook-names-are-unique', local: true, check: hookNames },
];

function eachHook(
  document: ConfigDocument<HookedDocument>,
  check: (hook: Hook, path: ConfigPath) => Violation[]
): Violation[] {
  const { hooks } = document.value.spec;
  return (['pre', 'post'] as const).flatMap((when) =>
    hooks[when].flatMap((hook, index) => check(hook, ['spec', 'hooks', when, index]))
  );
}

function hookTimeouts(document: ConfigDocument<HookedDocument>): Violation[] {
  return eachHook(document, (hook, path) =>
    boundedTime(hook.timeout, [hookTimeoutMaxMs, '4h'], { document, path: [...path, 'timeout'] })
  );
}

function hookNamespaces(document: ConfigDocument<HookedDocument>): Violation[] {
  const { scope } = document.value.spec;
  return eachHook(document, (hook, path) => {
    if (compileGlobs(scope.namespaces)(hook.namespace)) return [];
    const hint = `hooks run in source namespaces of the scope: ${scope.namespaces.slice(0, 8).join(', ')}`;
    return [{ document, path: [...path, 'namespace'], what: 'is not in spec.scope.namespaces', hint }];
  });
}

function hookNames(document: ConfigDocument<HookedDocument>): Violation[] {
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
