import { estimate, type Estimate } from './statistics.ts';

/** One run of one contestant. */
export interface Sample {
  readonly ms: number;
  /** Seconds of processor time by process. */
  readonly cpu: Readonly<Record<string, number>>;
}

export interface Contest {
  /** Time of A over time of B, pair by pair. */
  readonly wall: Estimate;
  /** Processor time of everything A used over that of B. */
  readonly cpu: Estimate;
  /** Neighbouring runs of one and the same contestant: what the noise alone makes of a ratio. */
  readonly control: Estimate;
  readonly a: readonly Sample[];
  readonly b: readonly Sample[];
}

interface Rounds {
  readonly rounds: number;
  readonly onRound?: (done: number) => void;
}

/**
 * Runs A B B A, A B B A, ...: a machine that slows down steadily favours neither. Each round gives two pairs of A and B;
 * where a contestant follows itself (B B inside a round, A A between rounds) the two runs are a pair of the A/A control,
 * so that it lies in the very minutes that are judged. The first round warms up and is thrown away.
 */
export async function alternate(
  a: () => Promise<Sample>,
  b: () => Promise<Sample>,
  { rounds, onRound }: Rounds
): Promise<Contest> {
  const samples: { readonly who: 'a' | 'b'; readonly sample: Sample }[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    for (const who of ['a', 'b', 'b', 'a'] as const) {
      const sample = await (who === 'a' ? a : b)();
      if (round > 0) samples.push({ who, sample });
    }
    onRound?.(round);
  }
  const wall: number[] = [];
  const cpu: number[] = [];
  const control: number[] = [];
  for (const [at, { who, sample }] of samples.entries()) {
    const before = samples[at - 1];
    if (before === undefined) continue;
    if (before.who === who) control.push(before.sample.ms / sample.ms);
    else if (at % 2 === 1) {
      const [left, right] = who === 'b' ? [before.sample, sample] : [sample, before.sample];
      wall.push(left.ms / right.ms);
      cpu.push(totalCpu(left) / totalCpu(right));
    }
  }
  const of = (name: 'a' | 'b'): Sample[] => samples.filter(({ who }) => who === name).map(({ sample }) => sample);
  return { wall: estimate(wall), cpu: estimate(cpu), control: estimate(control), a: of('a'), b: of('b') };
}

function totalCpu({ cpu }: Sample): number {
  return Object.values(cpu).reduce((sum, seconds) => sum + seconds, 0);
}
