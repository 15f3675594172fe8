import { rungsOf, type Rung } from '../core/access/rungs.ts';
import { isLandfallError, LandfallError, type ErrorDetail } from '../core/errors.ts';
import type { LocationSpec } from '../core/spec/spec.ts';
import type { Location } from '../ports/location.ts';

/** A rung that failed, and the one that is tried in its place. */
export interface RungChange {
  readonly failed: string;
  readonly next: string;
  readonly error: ErrorDetail;
}

export interface LadderOptions {
  readonly open: (spec: LocationSpec) => Promise<Location>;
  readonly onChange?: (change: RungChange) => void;
}

/** What another identity may be allowed, and what comes of who issues credentials. The store itself is the same on every rung. */
const ofIdentity = [
  'LOCATION_CREDENTIALS',
  'LOCATION_FORBIDDEN',
  'LOCATION_IDENTITY_REFUSED',
  'LOCATION_IDENTITY_UNREACHABLE',
] as const;

/**
 * A Location that is entered by the first rung that is let in. A call that is refused is made again by the next rung, which stays
 * until the Location is closed where credentials were refused; when the last is refused the first refusal is thrown, with what became of the others. One rung:
 * the store itself. A write that the identity has no right to is not made by another one: that would be a way around the right.
 */
export async function withLadder(spec: LocationSpec, options: LadderOptions): Promise<Location> {
  const rungs = rungsOf(spec);
  const [only] = rungs;
  if (only === undefined || rungs.length === 1) return options.open(only?.spec ?? spec);
  return new Ladder(spec.name, rungs, options).location();
}

class Ladder {
  readonly #name: string;
  readonly #rungs: readonly Rung[];
  readonly #options: LadderOptions;
  readonly #opened = new Map<number, Promise<Location>>();
  readonly #said = new Set<number>();
  #at = 0;

  constructor(name: string, rungs: readonly Rung[], options: LadderOptions) {
    this.#name = name;
    this.#rungs = rungs;
    this.#options = options;
  }

  location(): Location {
    const reading = <T>(call: (location: Location) => Promise<T>): Promise<T> => this.#climb(true, call);
    const writing = <T>(call: (location: Location) => Promise<T>): Promise<T> => this.#climb(false, call);
    return {
      name: this.#name,
      create: (key, bytes, options) => writing((inner) => inner.create(key, bytes, options)),
      put: (key, bytes, options) => writing((inner) => inner.put(key, bytes, options)),
      read: (key, options) => reading((inner) => inner.read(key, options)),
      head: (key, options) => reading((inner) => inner.head(key, options)),
      delete: (key, options) => writing((inner) => inner.delete(key, options)),
      list: (prefix, options) => this.#list(prefix, options),
      close: async () => {
        for (const opened of this.#opened.values()) await (await opened.catch(() => undefined))?.close();
      },
    };
  }

  /** A rung is found by the first page; one that is refused later on ends the list, which whoever reads it begins again. */
  async *#list(...[prefix, options]: Parameters<Location['list']>): ReturnType<Location['list']> {
    const first = await this.#climb(true, async (inner) => {
      const iterator = inner.list(prefix, options)[Symbol.asyncIterator]();
      return { iterator, result: await iterator.next() };
    });
    try {
      for (let { result } = first; result.done !== true; result = await first.iterator.next()) yield result.value;
    } finally {
      await first.iterator.return?.();
    }
  }

  async #climb<T>(reads: boolean, call: (location: Location) => Promise<T>): Promise<T> {
    const refusals: { readonly rung: string; readonly detail: ErrorDetail }[] = [];
    for (let at = this.#at; ; at += 1) {
      const rung = this.#rungs[at];
      if (rung === undefined) throw refused(this.#name, refusals);
      try {
        const result = await call(await this.#open(at, rung));
        this.#say(
          at,
          refusals.map(({ detail }) => detail)
        );
        return result;
      } catch (error) {
        const mayClimb = isLandfallError(error, ...ofIdentity) && (reads || error.code !== 'LOCATION_FORBIDDEN');
        if (!mayClimb) throw error;
        refusals.push({ rung: rung.name, detail: error.detail });
      }
    }
  }

  /** Of what one read lacks a right for, the next call is asked as before: else a write would be made by another identity. */
  #say(at: number, refusals: readonly ErrorDetail[]): void {
    const [failed, next, error] = [this.#rungs[this.#at], this.#rungs[at], refusals[0]];
    if (at <= this.#at || failed === undefined || next === undefined || error === undefined) return;
    if (!this.#said.has(at)) this.#options.onChange?.({ failed: failed.name, next: next.name, error });
    this.#said.add(at);
    if (refusals.every(({ code }) => code !== 'LOCATION_FORBIDDEN')) this.#at = at;
  }

  #open(at: number, rung: Rung): Promise<Location> {
    const opened = this.#opened.get(at) ?? this.#options.open(rung.spec);
    this.#opened.set(at, opened);
    // Secrets may be there the next time.
    opened.catch(() => this.#opened.delete(at));
    return opened;
  }
}

/** The refusal of the first rung says what to do; where one could not ask its issuer, waiting may help. */
function refused(
  location: string,
  refusals: readonly { readonly rung: string; readonly detail: ErrorDetail }[]
): LandfallError {
  const waits = refusals.find(({ detail }) => detail.code === 'LOCATION_IDENTITY_UNREACHABLE');
  const { detail } = waits ?? refusals[0] ?? {};
  const why = refusals.map(({ rung, detail: one }) => `${rung}: ${one.code}, ${one.why ?? one.what}`).join('; ');
  return new LandfallError(detail?.code ?? 'LOCATION_CREDENTIALS', {
    what: detail?.what ?? `no rung of Location ${location} works`,
    why: `no rung of the Location works: ${why}`,
    ref: location,
    ...(detail && { fix: detail.fix }),
  });
}
