import { expect, it } from 'vitest';
import { LandfallError } from '../../src/core/errors.ts';
import type { ClusterSpec, LocationSpec } from '../../src/core/spec/spec.ts';
import { createRoles, type UseRoles } from './open-roles.ts';

const cluster = (name: string) =>
  ({ name, kubeconfig: { path: '/nowhere' }, platform: 'detect' }) satisfies ClusterSpec;
const location = (name: string) =>
  ({ name, provider: 'filesystem', path: '/', prefix: '', encryption: 'none' as const }) satisfies LocationSpec;

/** Roles of which nothing stays open that nobody uses; `fails` names what does not open, or does not close. */
function setting(fails: { readonly toOpen?: string; readonly toClose?: string } = {}) {
  const opened: string[] = [];
  const closed: string[] = [];
  const open = ({ name }: { readonly name: string }, role: string): Promise<never> => {
    if (name === fails.toOpen) return Promise.reject(new LandfallError('KUBECONFIG_INVALID', { what: name }));
    opened.push(`${role} ${name}`);
    const close = (): Promise<void> => {
      closed.push(name);
      return name === fails.toClose ? Promise.reject(new Error('the connection is gone')) : Promise.resolve();
    };
    return Promise.resolve({ name, close } as never);
  };
  const use: UseRoles = createRoles({ openCluster: open, openLocation: open }, { max: 0, ms: 1 });
  return { opened, closed, use };
}

it('opens one, several or none of a role, by what the run names', async () => {
  const { opened, closed, use } = setting();
  const named = { source: cluster('west'), copies: [location('a'), location('b')], drills: [] };
  const names = await use('run', named, ({ source, copies, drills }) => {
    expect(closed).toEqual([]);
    const typed: readonly { readonly name: string }[] = [source, ...copies, ...drills];
    return Promise.resolve(typed.map(({ name }) => name));
  });
  expect(names).toEqual(['west', 'a', 'b']);
  expect(opened).toEqual(['source west', 'copies a', 'copies b']);
  await expect.poll(() => closed.toSorted()).toEqual(['a', 'b', 'west']);
});

it('needs nothing where nothing is named', async () => {
  const { opened, use } = setting();
  expect(await use('run', {}, () => Promise.resolve('done'))).toBe('done');
  expect(opened).toEqual([]);
});

it('opens what several use at the same time once, and another run its own', async () => {
  const { opened, use } = setting();
  const named = { source: cluster('west') };
  const one = (run: string) => use(run, named, () => new Promise((resolve) => void setTimeout(resolve, 20)));
  await Promise.all([one('run'), one('run'), one('other')]);
  expect(opened).toEqual(['source west', 'source west']);
});

it.each([
  ['does not open', { toOpen: 'east' }, ['west']],
  ['does not close', { toClose: 'east' }, ['east', 'west']],
])('closes the others when one %s', async (_name, fails, expected) => {
  const { closed, use } = setting(fails);
  const named = { source: cluster('west'), target: cluster('east') };
  const used = use('run', named, () => Promise.resolve('used')).catch(
    (error: unknown) => (error as LandfallError).code
  );
  expect(await used).toBe('toOpen' in fails ? 'KUBECONFIG_INVALID' : 'used');
  await expect.poll(() => closed.toSorted()).toEqual(expected);
});

it('closes everything when the work fails', async () => {
  const { closed, use } = setting();
  const named = { source: cluster('west'), target: cluster('east') };
  await expect(use('run', named, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  await expect.poll(() => closed.toSorted()).toEqual(['east', 'west']);
});
