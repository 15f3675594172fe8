/**
 * A failpoint is the place before or after an effect on the outside world (a write to a cluster or a location). The fault
 * harness drives them: kill, pause, fail or duplicate at exactly that point. In production both do nothing.
 */
export interface Failpoints {
  /** Called before the effect; may throw or never return. */
  before(effect: Effect): Promise<void>;
  /** Called after the effect happened and before anybody learns of it. */
  after(effect: Effect): Promise<void>;
  /**
   * Asked right before the bytes of a write to a cluster go to the socket, for each attempt: between `before` and that moment
   * a request may wait for its turn. May throw; absent, nothing is asked.
   */
  sending?(): void;
  /** Runs the effect itself, between the two; absent, it is just run. */
  during?<T>(run: () => Promise<T>): Promise<T>;
}

export interface Effect {
  /** e.g. `source.create`, `target.delete`, `location.create`. */
  readonly name: string;
  /** What it acts on: an object or a key. */
  readonly subject: string;
}

/** The failpoints of production: nothing happens at them. */
export const noFailpoints: Failpoints = {
  before: () => Promise.resolve(),
  after: () => Promise.resolve(),
};
