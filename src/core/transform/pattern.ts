import { LandfallError } from '../errors.ts';
import { limits } from '../limits.ts';
import { parsePattern, type PatternNode } from './pattern-parse.ts';

type Instruction =
  | { readonly op: 'char'; readonly test: (code: number) => boolean }
  | { readonly op: 'start' | 'end' | 'match' }
  | { op: 'split'; first: number; second: number }
  | { op: 'jump'; to: number };

/**
 * Compiles a regular expression in the syntax RE2 and Go share with JavaScript (no look-around, no back references)
 * into a matcher that finds it anywhere in a name, as Go's MatchString. All alternatives advance together, so the time
 * is at most states times length: no pattern is catastrophic. Throws CONFIG_INVALID. '' matches everything.
 */
export function compilePattern(source: string): (name: string) => boolean {
  if (source === '') return () => true;
  const program: Instruction[] = [];
  emit(program, parsePattern(source), source);
  push(program, { op: 'match' }, source);
  return (name) => run(program, name);
}

function push(program: Instruction[], instruction: Instruction, source: string): number {
  if (program.length >= limits.patternStates) {
    throw new LandfallError('CONFIG_INVALID', {
      what: `the pattern ${JSON.stringify(source.slice(0, 80))} is too large: more than ${limits.patternStates} states`,
      fix: 'use smaller repeat counts',
    });
  }
  return program.push(instruction) - 1;
}

function emit(program: Instruction[], node: PatternNode, source: string): void {
  switch (node.type) {
    case 'char':
      push(program, { op: 'char', test: node.test }, source);
      return;
    case 'start':
    case 'end':
      push(program, { op: node.type }, source);
      return;
    case 'sequence':
      for (const part of node.parts) emit(program, part, source);
      return;
    case 'either':
      emitEither(program, node.parts, source);
      return;
    case 'repeat':
      emitRepeat(program, node, source);
  }
}

function emitEither(program: Instruction[], parts: readonly PatternNode[], source: string): void {
  const jumps: { op: 'jump'; to: number }[] = [];
  parts.forEach((part, index) => {
    if (index === parts.length - 1) return emit(program, part, source);
    const split = { op: 'split' as const, first: program.length + 1, second: 0 };
    push(program, split, source);
    emit(program, part, source);
    const jump = { op: 'jump' as const, to: 0 };
    push(program, jump, source);
    jumps.push(jump);
    split.second = program.length;
  });
  for (const jump of jumps) jump.to = program.length;
}

function emitRepeat(program: Instruction[], node: PatternNode & { readonly type: 'repeat' }, source: string): void {
  for (let count = 0; count < node.min; count++) {
    const before = program.length;
    emit(program, node.part, source);
    // Nothing, a thousand times, is nothing: without this, counts of counts of nothing take for ever and add no state.
    if (program.length === before) break;
  }
  if (node.max === Infinity) {
    const split = { op: 'split' as const, first: program.length + 1, second: 0 };
    const at = push(program, split, source);
    emit(program, node.part, source);
    push(program, { op: 'jump', to: at }, source);
    split.second = program.length;
    return;
  }
  const splits: { op: 'split'; first: number; second: number }[] = [];
  for (let count = node.min; count < node.max; count++) {
    const split = { op: 'split' as const, first: program.length + 1, second: 0 };
    push(program, split, source);
    splits.push(split);
    emit(program, node.part, source);
  }
  for (const split of splits) split.second = program.length;
}

function run(program: readonly Instruction[], name: string): boolean {
  let threads: number[] = [];
  for (let at = 0; at <= name.length; at++) {
    // A match may begin at every offset: state 0 joins each step.
    const reached = close(program, [...threads, 0], at, name.length);
    if (reached === undefined) return true;
    threads = [];
    for (const state of reached) {
      const instruction = program[state];
      if (instruction?.op === 'char' && instruction.test(name.charCodeAt(at))) threads.push(state + 1);
    }
  }
  return false;
}

/** The states reachable without reading a character; undefined when a match is among them. */
function close(
  program: readonly Instruction[],
  from: readonly number[],
  at: number,
  length: number
): readonly number[] | undefined {
  const seen = new Set<number>();
  const stack = [...from];
  for (let state = stack.pop(); state !== undefined; state = stack.pop()) {
    if (seen.has(state)) continue;
    seen.add(state);
    const instruction = program[state];
    if (instruction === undefined || instruction.op === 'match') return undefined;
    if (instruction.op === 'jump') stack.push(instruction.to);
    else if (instruction.op === 'split') stack.push(instruction.first, instruction.second);
    else if (instruction.op === 'start' ? at === 0 : instruction.op === 'end' && at === length) stack.push(state + 1);
  }
  return [...seen];
}
