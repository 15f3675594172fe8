import { test } from 'vitest';

/**
 * The places that every `npm test` takes: each sort of disturbance in each phase that has effects of its own. The others
 * repeat a sort at one more effect and are run by `npm run durability`.
 */
const chosen: ReadonlySet<string> = new Set([
  ...['kill-volumes', 'kill-apply', 'kill-undo', 'command-reboot', 'command-disk'],
  ...['fail-quota', 'fail-full', 'fail-snapshot', 'keep-admission', 'existing-update'],
  ...['cancel-snapshot', 'cancel-upload', 'cancel-bind', 'terminate-expose', 'terminate-bind'],
  ...['rights-move', 'rights-terminate', 'servers'],
]);

/** Set by `npm run durability`: every place. */
const whole = process.env['LANDFALL_DURABILITY'] === 'whole';

/** Registers the test of a place, beside the others, unless this run omits the place. */
export function placeTest(name: string, says: string, expectations: () => Promise<void>): void {
  const taken = [name].filter((one) => whole || chosen.has(one));
  test.concurrent.each(taken)(`%s: ${says}`, async () => {
    await expectations();
  });
}
