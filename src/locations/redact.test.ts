import { expect, it } from 'vitest';
import { redact } from './redact.ts';

it.each([
  [
    'https://h/b?X-Amz-Signature=abc123&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F2026',
    ['abc123', 'AKIAIOSFODNN7EXAMPLE'],
  ],
  ['SAS se=2026&sig=Zm9vYmFy%3D is refused', ['Zm9vYmFy']],
  ['sig=Zm9vYmFy%3D is refused, aws_session_token: IQoJb3', ['Zm9vYmFy', 'IQoJb3']],
  ['Invalid ya29.a0AfH6SMBx_-canary', ['a0AfH6SMBx']],
  ['The key AKIAIOSFODNN7EXAMPLE does not exist', ['AKIAIOSFODNN7EXAMPLE']],
  ['secret wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY was used', ['wJalrXUtnFEMI']],
  ['Authorization: SharedKey account:c2lnbmF0dXJl', ['c2lnbmF0dXJl']],
  ['AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;x', ['Eby8']],
  ['Credential=AK/2026/us-east-1/s3, Signature=0011aa', ['0011aa']],
  ['http://user:password@proxy:3128 refused', ['password']],
])('takes the secrets out of %s', (text, secrets) => {
  for (const secret of secrets) expect(redact(text)).not.toContain(secret);
});

it('leaves hashes, keys and plain words alone', () => {
  const text = `objects/segments/ab/${'ab0123456789cdef'.repeat(4)}: SlowDown: Please reduce your request rate.`;
  expect(redact(text)).toBe(text);
});
