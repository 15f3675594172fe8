import { execFileSync } from 'node:child_process';
import { hostname } from 'node:os';
import { expect, it, vi } from 'vitest';
import { observedUser } from './observed-user.ts';

it('sees the user of the system, whatever variables say', () => {
  vi.stubEnv('USER', 'somebody-else');
  vi.stubEnv('LOGNAME', 'somebody-else');
  const user = execFileSync('id', ['-un']).toString().trim();
  expect(observedUser()).toEqual({ user, host: hostname() });
  vi.unstubAllEnvs();
});

it('gives the number where no name belongs to it', () => {
  const nobody = () => {
    throw new Error('uv_os_get_passwd returned ENOENT');
  };
  expect(observedUser(nobody).user).toBe(`uid ${process.getuid?.() ?? ''}`);
});
