import { describe, expect, it } from 'vitest';
import { chooseAppearance, chooseMode, type ModeInput } from './mode.ts';

const terminal: ModeInput = {
  progress: 'auto',
  quiet: false,
  accessible: false,
  env: { TERM: 'xterm' },
  isTerminal: true,
};

describe('chooseMode', () => {
  it.each<[name: string, changes: Partial<ModeInput>, mode: string]>([
    ['a terminal', {}, 'tty'],
    ['a pipe', { isTerminal: false }, 'lines'],
    ['a dumb terminal', { env: { TERM: 'dumb' } }, 'lines'],
    ['CI', { env: { CI: 'true' } }, 'lines'],
    ['CI=false', { env: { CI: 'false' } }, 'tty'],
    ['asked for although a pipe', { progress: 'tty', isTerminal: false }, 'tty'],
    ['a screen reader', { env: { ACCESSIBLE: '1' }, progress: 'tty' }, 'lines'],
    ['--accessible', { accessible: true }, 'lines'],
    ['-q', { quiet: true, progress: 'tty' }, 'quiet'],
    ['--progress quiet', { progress: 'quiet' }, 'quiet'],
  ])('%s', (_, changes, mode) => expect(chooseMode({ ...terminal, ...changes })).toBe(mode));
});

describe('chooseLook', () => {
  const color = (
    env: Record<string, string>,
    isTerminal = true,
    choice: 'auto' | 'always' | 'never' = 'auto'
  ): boolean => chooseAppearance({ env, isTerminal, color: choice }).color;
  it('has colour on a terminal only; NO_COLOR and TERM=dumb switch off, FORCE_COLOR wins', () => {
    expect(color({})).toBe(true);
    expect(color({}, false)).toBe(false);
    expect(color({ CI: '1' })).toBe(false);
    expect(color({ NO_COLOR: '1' })).toBe(false);
    expect(color({ TERM: 'dumb' })).toBe(false);
    expect(color({ NO_COLOR: '1', TERM: 'dumb', FORCE_COLOR: '1' }, false)).toBe(true);
    expect(color({ FORCE_COLOR: '0' })).toBe(false);
    expect(color({ NO_COLOR: '1' }, false, 'always')).toBe(true);
    expect(color({}, true, 'never')).toBe(false);
  });

  it('uses ASCII where the locale is not UTF-8', () => {
    const ascii = (env: Record<string, string>): boolean =>
      chooseAppearance({ env, isTerminal: true, color: 'auto' }).ascii;
    expect(ascii({ LANG: 'de_DE.UTF-8' })).toBe(false);
    expect(ascii({ LANG: 'C.utf8', LC_ALL: '' })).toBe(false);
    expect(ascii({ LANG: 'de_DE.UTF-8', LC_ALL: 'C' })).toBe(true);
    expect(ascii({})).toBe(true);
  });
});
