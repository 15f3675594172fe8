import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';

type Values<T extends ParseArgsOptionsConfig> = ReturnType<typeof parseArgs<{ options: T }>>['values'];

/**
 * Reads the options of a script from the command line. Prints the usage and ends the process for `--help` (0) and for what
 * it does not know (2).
 */
export function readOptions<T extends ParseArgsOptionsConfig>(usage: string, options: T): Values<T> {
  try {
    if (process.argv.slice(2).some((arg) => arg === '--help' || arg === '-h')) refuse(usage, 0);
    return parseArgs({ options }).values;
  } catch (error) {
    return refuse(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
}

/** Ends the process with a message instead of a stack. */
export function refuse(message: string, code = 2): never {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}

/** An option as it was given. */
interface NumberOption {
  readonly name: string;
  readonly text: string;
  readonly least: number;
}

/** A whole number of at least `least`; anything else is refused. */
export function wholeNumber({ name, text, least }: NumberOption, usage: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  return refuse(`--${name} takes a whole number from ${least} on, not "${text}"\n${usage}`);
}
