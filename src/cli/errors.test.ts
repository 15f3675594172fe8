import { describe, expect, it } from 'vitest';
import { catalogue } from '../core/error-catalogue.ts';
import { errorDetail, LandfallError, type ErrorCode } from '../core/errors.ts';
import { exitCodeOfError } from '../core/run/exit-code.ts';
import { formatErrors, printError } from './errors.ts';
import { exitCodes } from './exit-codes.ts';

describe('formatErrors', () => {
  it('reports what, why, fix and state in four lines', () => {
    const error = errorDetail('VOLUME_CLASS_UNMAPPED', {
      what: 'claim shop/data-pg-0 has no storage class on eks-prod',
      why: 'it asks for ReadWriteMany',
      fix: 'set spec.storageClasses',
    });
    expect(formatErrors([error], { state: 'nothing was changed', run: 'mig-7f3k', step: 'plan' })).toEqual([
      'ERROR VOLUME_CLASS_UNMAPPED  claim shop/data-pg-0 has no storage class on eks-prod',
      '  why   it asks for ReadWriteMany',
      '  fix   set spec.storageClasses',
      '  state nothing was changed · docs/reference/errors.md#volume_class_unmapped · run mig-7f3k step plan',
    ]);
  });

  it('groups by code, worst first, with three subjects and a count', () => {
    const many = Array.from({ length: 5 }, (_, i) =>
      errorDetail('OBJECT_INVALID', { what: `Deployment shop/web-${i} is refused` })
    );
    const lines = formatErrors([...many, errorDetail('VOLUME_DIFFERENT', { what: 'trees differ' })]);
    expect(lines[0]).toContain('VOLUME_DIFFERENT');
    expect(lines.join('\n')).toContain('ERROR OBJECT_INVALID  5 times');
    expect(lines.filter((line) => line.startsWith('  - '))).toHaveLength(3);
    expect(lines).toContain('  and 2 more');
  });

  it('names every problem of a configuration with its own fix', () => {
    const many = Array.from({ length: 5 }, (_, i) =>
      errorDetail('CONFIG_INVALID', { what: `key ${i}`, fix: `do ${i}`, ref: `f.yaml:${i}:1` })
    );
    const text = formatErrors(many).join('\n');
    for (const i of [0, 1, 2, 3, 4]) expect(text).toContain(`  - f.yaml:${i}:1  key ${i}\n    fix do ${i}`);
  });
});

describe('printError', () => {
  const print = (error: unknown, output: 'text' | 'json'): string => {
    const written: string[] = [];
    printError(error, { output, stderr: { write: (text) => written.push(text) } });
    return written.join('');
  };

  it('writes one JSON object with the documentation and all problems', () => {
    const problems = [errorDetail('CONFIG_INVALID', { what: 'a' }), errorDetail('CONFIG_INVALID', { what: 'b' })];
    const text = print(new LandfallError('CONFIG_INVALID', { what: 'two problems', problems }), 'json');
    expect(JSON.parse(text)).toMatchObject({
      code: 'CONFIG_INVALID',
      docs: 'docs/reference/errors.md#config_invalid',
      problems: [{}, {}],
    });
    expect(text.endsWith('}\n')).toBe(true);
  });

  it('calls a full disk a full disk, wherever it was met', () => {
    const error = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    expect(print(error, 'text')).toContain('ERROR DISK_FULL  no space left: ENOSPC: no space left on device, write');
  });

  it('leaves in a hint what is no secret', () => {
    const what = 'add repositoryPassword: { file: PATH } or { env: NAME }';
    expect(print(new LandfallError('CONFIG_INVALID', { what }), 'text')).toContain(what);
  });

  it('calls what is not ours a defect, reports its causes, and no secret', () => {
    const text = print(new Error('boom', { cause: new Error('password=hunter22') }), 'text');
    expect(text).toContain('ERROR INTERNAL  Error: boom');
    expect(text).not.toContain('hunter22');
  });
});

describe('exitCodes', () => {
  it('list every code an error can end with', () => {
    for (const code of Object.keys(catalogue) as ErrorCode[]) {
      for (const side of ['source', 'target'] as const)
        expect(exitCodes).toHaveProperty(String(exitCodeOfError(code, side)));
    }
  });
});
