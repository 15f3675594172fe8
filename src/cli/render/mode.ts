import type { Appearance } from './style.ts';

export type ProgressChoice = 'auto' | 'tty' | 'lines' | 'quiet';
export type ColorChoice = 'auto' | 'always' | 'never';
export type OutputChoice = 'text' | 'json';
/** `state` is not chosen by flags: a command that looks once draws the run as it is. */
export type Mode = 'tty' | 'lines' | 'quiet' | 'state';

type Environment = Readonly<Record<string, string | undefined>>;

export interface ModeInput {
  readonly progress: ProgressChoice;
  readonly quiet: boolean;
  readonly accessible: boolean;
  readonly env: Environment;
  /** Of stderr: the display is drawn there. */
  readonly isTerminal: boolean;
}

/** Values of `--progress`, for the parser of the command line. */
export const progressChoices: readonly ProgressChoice[] = ['auto', 'tty', 'lines', 'quiet'];

/**
 * Which renderer (T3). What is asked for wins; else a window only on a terminal that can do it and not under CI. Screen
 * readers get lines.
 */
export function chooseMode(input: ModeInput): Mode {
  if (input.quiet || input.progress === 'quiet') return 'quiet';
  if (isAccessible(input)) return 'lines';
  if (input.progress !== 'auto') return input.progress;
  const { env } = input;
  const capable = input.isTerminal && env['TERM'] !== 'dumb';
  return capable && isUnset(env['CI']) ? 'tty' : 'lines';
}

/** `--accessible` or `ACCESSIBLE=1`. */
export function isAccessible(input: Pick<ModeInput, 'accessible' | 'env'>): boolean {
  return input.accessible || !isUnset(input.env['ACCESSIBLE']);
}

/** Whether there is colour and more than ASCII (T10): NO_COLOR and TERM=dumb switch off, FORCE_COLOR wins over both. */
export function chooseAppearance(
  input: Pick<ModeInput, 'env' | 'isTerminal'> & { readonly color: ColorChoice }
): Appearance {
  return { color: chooseColor(input), ascii: !isUtf8(input.env) };
}

function chooseColor({
  env,
  isTerminal,
  color,
}: Pick<ModeInput, 'env' | 'isTerminal'> & { readonly color: ColorChoice }): boolean {
  if (color !== 'auto') return color === 'always';
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false;
  return isTerminal && env['TERM'] !== 'dumb' && isUnset(env['CI']);
}

/** The first of these that is set decides, as in the C library. None set is the C locale: ASCII. */
function isUtf8(env: Environment): boolean {
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find((value) => value !== undefined && value !== '');
  return /utf-?8/i.test(locale ?? '');
}

function isUnset(value: string | undefined): boolean {
  return value === undefined || value === '' || value === '0' || value === 'false';
}
