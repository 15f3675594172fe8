import type { RunEvent } from '../../core/run/events.ts';
import type { RunView } from '../../core/run/view.ts';

/** One renderer's way of showing a run. All writers get the same events, already free of secrets. */
export interface Writer {
  /** One more event; `view` is the run with it in. */
  event(event: RunEvent, view: RunView): void;
  /** Time passes; called about ten times a second. */
  tick(now: number, view: RunView): void;
  /** Nothing more comes: what is held back is written. */
  end(now: number, view: RunView): void;
  /** Something for the person at the keys, no event: kept above the window. Only a window takes it. */
  note?(message: string): void;
}
