/** Where text goes: a stream of the process, a file, or a test's list. */
export interface Sink {
  write(text: string): unknown;
}

/** A sink that may be a terminal; its size is asked at every frame, so that a resize needs no event. */
export interface TerminalSink extends Sink {
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}
