import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readPolicy } from './read-policy.ts';

async function write(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'landfall-policy-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'policy.yaml');
  await writeFile(file, text);
  return file;
}

const head = 'apiVersion: landfall.dev/v1alpha1\nkind: WorkerPolicy\nmetadata: { name: site }\n';

it('reads a policy, in which nothing is allowed that it does not say', async () => {
  const { refusal } = await readPolicy(await write(`${head}spec: { hooks: true }\n`));
  expect(await refusal({ kind: 'hooks' })).toBeUndefined();
  expect(await refusal({ kind: 'file', path: '/etc/hostname' })).toBe('no rule of the policy covers it');
});

it.each([
  ['another kind', `${head.replace('WorkerPolicy', 'Location')}spec: {}\n`, 'kind: '],
  ['an unknown key', `${head}spec: { hook: true }\n`, '"hook"'],
  ['a relative path', `${head}spec: { files: [secrets] }\n`, 'spec.files.0: '],
  ['two documents', `${head}spec: {}\n---\n${head}spec: {}\n`, '2 documents'],
  ['no document', '', '0 documents'],
  ['no YAML', 'spec: [', ''],
])('refuses %s', async (_name, text, why) => {
  await expect(readPolicy(await write(text))).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    detail: { why: expect.stringContaining(why) as string },
  });
});

it('refuses a file that is not there', async () => {
  await expect(readPolicy('/nowhere/policy.yaml')).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' });
});
