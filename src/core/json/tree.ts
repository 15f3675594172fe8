/** A decoded JSON object that a rule may change; only the draft that made it sees it. */
export interface Tree {
  [key: string]: unknown;
}
