import { describe, expect, it } from 'vitest';
import { createLineWriter, createLog } from './log.ts';

/** A disk of so many bytes. */
function disk(room: number): { text: string; room: number; write(bytes: Buffer): number } {
  return {
    text: '',
    room,
    write(bytes) {
      const fits = bytes.subarray(0, this.room);
      if (fits.length === 0) throw new Error('ENOSPC: no space left on device, write');
      this.room -= fits.length;
      this.text += fits.toString();
      return fits.length;
    },
  };
}

describe('createLineWriter', () => {
  it('drops lines without room and reports how many, on a line of its own', () => {
    const small = disk(8);
    const write = createLineWriter(small.write.bind(small), () => 'now');
    for (const line of ['first', 'second', 'third']) write(line);
    expect(small.text).toBe('first\nse');
    small.room = 10;
    write('fourth');
    small.room = 1_000;
    write('fifth');
    expect(small.text).toBe(
      [
        'first',
        'se',
        '{"level":',
        '{"level":"warn","time":"now","lines":3,"message":"log lines dropped: disk full"}',
        'fifth',
        '',
      ].join('\n')
    );
  });

  it('goes on where a write took a part only', () => {
    let text = '';
    const write = createLineWriter((bytes) => {
      text += bytes.subarray(0, 2).toString();
      return Math.min(2, bytes.length);
    });
    write('hello');
    expect(text).toBe('hello\n');
  });
});

describe('createLog', () => {
  const written: string[] = [];
  const log = createLog((line) => written.push(line));
  const last = (): unknown => JSON.parse(written.at(-1) ?? '');

  it('writes one JSON object a line: level, time, fields and the fixed message', () => {
    log.warn({ code: 'X', tries: 2 }, 'a request is retried');
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as unknown;
    expect(last()).toEqual({ level: 'warn', time, code: 'X', tries: 2, message: 'a request is retried' });
    expect(written.at(-1)).not.toContain('\n');
  });

  it('keeps of an error its message, which is all that is known to be free of requests', () => {
    log.error({ error: Object.assign(new Error('refused'), { request: { headers: { cookie: 'c' } } }) }, 'broke');
    expect(last()).toMatchObject({ error: 'refused', message: 'broke' });
  });

  it('takes secrets out by the path of their field and by their form', () => {
    log.info({ password: 'x', store: { secretAccessKey: 'y' }, why: 'sent Bearer abcdefgh' }, 'reported');
    expect(last()).toMatchObject({
      password: '[redacted]',
      store: { secretAccessKey: '[redacted]' },
      why: 'sent Bearer [redacted]',
    });
  });
});
