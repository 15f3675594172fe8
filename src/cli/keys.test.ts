import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { isInForeground, readKeys } from './keys.ts';

/** A terminal that presses keys; what happens is written down. */
function terminal() {
  const seen: string[] = [];
  let clock = 0;
  const input = Object.assign(new EventEmitter(), {
    setRawMode: (raw: boolean) => (seen.push(`raw ${raw}`), input),
    resume: () => input,
    pause: () => input,
  });
  const close = readKeys(
    input as never,
    {
      detach: () => void seen.push('detach'),
      cancel: () => void seen.push('cancel'),
      errors: () => void seen.push('errors'),
      say: (message) => void seen.push(message.slice(0, 13)),
    },
    () => clock
  );
  return {
    seen,
    close,
    pass: (ms: number) => void (clock += ms),
    press: (keys: string) => void input.emit('data', Buffer.from(keys)),
  };
}

describe('readKeys', () => {
  it('cancels only when asked twice in time', () => {
    const { seen, press, pass } = terminal();
    press('c');
    pass(6000);
    press('c');
    press('x');
    press('c');
    expect(seen).toEqual(['raw true', 'press c again', 'press c again', 'press c again']);
    press('c');
    expect(seen.at(-1)).toBe('cancel');
  });

  it('detaches, shows errors, helps, and leaves the terminal as it was', () => {
    const { seen, press, close } = terminal();
    press('de\u0003');
    expect(seen.slice(1)).toEqual(['detach', 'errors', 'detach']);
    press('?');
    expect(seen).toHaveLength(7);
    close();
    press('d');
    expect(seen.slice(7)).toEqual(['raw false']);
  });
});

describe('isInForeground', () => {
  it.each([
    ['4242 (node (x) y) S 1 4242 4242 34816 4242 4194304', true],
    ['4242 (node) S 1 4242 4200 34816 4200 4194304', false],
    ['', true],
  ])('%s', (stat, expected) => {
    expect(isInForeground(stat)).toBe(expected);
  });
});
