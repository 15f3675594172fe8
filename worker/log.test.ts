import { describe, expect, it } from 'vitest';
import { createLineWriter } from './log.ts';

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
  it('drops lines without room and tells how many, on a line of its own', () => {
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
        '{"time":"',
        '{"time":"now","level":"warn","message":"log lines dropped: disk full","lines":3}',
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
