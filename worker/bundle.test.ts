import { expect, it } from 'vitest';
import { bundleWorkflows } from './bundle.ts';

it('bundles the workflows: nothing of Node or of the outside world is in them', async () => {
  const { code } = await bundleWorkflows();

  expect(code.length).toBeLessThan(1_900_000);
  expect(code).toMatch(/^[\0-\x7f]*$/);
  for (const foreign of ['undici', '@kubernetes/client-node', 'client-s3', 'node:fs', 'zod/v4', 'pino', 're2js']) {
    expect(code).not.toContain(`node_modules/${foreign}`);
  }
});
