/** Annotations by which a namespace knows the runs that work in it. */
/** Set on a namespace that Landfall made, and may therefore remove. */
export const madeByLandfall = 'landfall.dev/temporary';

/** Labels of the namespace that movers run in, where Landfall makes it. */
export const ownNamespaceLabels: Readonly<Record<string, string>> = {
  [madeByLandfall]: 'true',
  'app.kubernetes.io/managed-by': 'landfall',
  // The mover reads files of every owner, so it runs as root with a handful of capabilities: more than `restricted`.
  'pod-security.kubernetes.io/enforce': 'baseline',
};
