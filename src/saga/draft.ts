import type { Command, RunState } from './state.ts';

/** A state under construction: fields are replaced, what they hold is never changed. */
// eslint-disable-next-line typescript/no-explicit-any
export type Draft<Facts = any> = { -readonly [K in keyof RunState<Facts>]: RunState<Facts>[K] } & {
  commands: Command[];
};
