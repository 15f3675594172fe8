/**
 * Every limit of Landfall in one place, each with its reason. Loops, fan-outs and buffers take their bound from here;
 * none is written down a second time.
 */
export const limits = {
  /** Objects in one activity: about 2 s of work, so a retry repeats little and a heartbeat cursor stays small. */
  batchObjects: 500,
  /** Most objects in one activity: above it the arguments and results near Temporal's 2 MiB payload limit. */
  batchObjectsMax: 2_000,
  /** Objects asked for in one list page; the server answers with at most that many, whatever their size. */
  pageObjects: 500,
  /** Kinds listed at the same time: more only queues behind the API server's priority-and-fairness. */
  parallelKinds: 8,
  /** Objects applied at the same time within one apply group. */
  parallelApply: 32,
  /** Segments sent to or read from a Location at the same time, for each worker. */
  parallelSegments: 8,
  /** A part of a sweep of a Location: runs that begin wait so long, and begin between two parts. */
  sweepPartMs: 3 * 60_000,
  /** A sweep that has not ended its part by then removes nothing more: time for a delete and its retries. */
  sweepFenceMs: 8 * 60_000,
  /** The lock of a sweep counts for so long: well after the fence, so that a request on its way has arrived. */
  sweepLockMs: 15 * 60_000,
  /** A run looks again after so long whether a sweep has ended: with the attempts of a step, longer than the lock counts. */
  sweepRetryMs: 75_000,
  /**
   * Events and bytes of a history before its run continues as new: what is under way then still ends in it, below 5,000
   * and 10 MiB, a tenth and a fifth of Temporal's hard limits. That keeps replays short.
   */
  workflowEvents: 3_500,
  workflowBytes: 2 * 1024 * 1024,
  /** Events of a run that are in its stream; they travel with it into every new history. */
  runEvents: 4_000,
  /** The same in characters of JSON: a tenth is left of it when it is compressed, and events with errors are long. */
  runEventChars: 2 * 1024 * 1024,
  /** Namespaces of one wave: all of them travel with it, in at most 300 bytes each, below half of what a payload may have. */
  waveMembers: 500,
  /** Claims one migration moves: a reference and a place of each travel with it, together below what a payload may have. */
  claims: 4_000,
  /** Activities that one action does to all claims: many claims make each longer, and no history longer. */
  actionActivities: 100,
  /** Bytes of what a run is started with, compressed as it is stored; everything else that travels stays below as well. */
  payloadBytes: 256 * 1024,
  /** Request bytes the API server accepts, 413 above (apiserver MaxRequestBodyBytes), observed on 1.34. */
  requestBytes: 3_145_728,
  /** Operations of one JSON patch: the API server's own limit (`maxJSONPatchOperations`). */
  patchOperations: 10_000,
  /** Nesting of JSON that is decoded or compared: ten times what real objects have, well within the call stack. */
  jsonDepth: 1_000,
  /** States of a compiled pattern: RE2 bounds its programs for the same reason, cost is states times length. */
  patternStates: 2_000,
  /** States of a pattern times characters of a text: at the worst two seconds. */
  patternSteps: 200_000_000,
  /** Values one JSONPath of a user may look at in one object: more than any object of 3 MiB needs, less than a second. */
  jsonPathNodes: 200_000,
  /** Characters such a path may scan, nesting counted once a level: about a second. */
  jsonPathChars: 256 * 1024 * 1024,
  /** Characters of a value shown in a difference: enough to recognise it, never a whole file. */
  differenceChars: 200,
  /** Differences reported for one object; beyond it only that there are more. */
  differencesMax: 50,
  /** Notes for one object: what does not travel is named, a thousand times the same is not. */
  notesMax: 50,
  /** Bytes kept of each output stream of a command in a pod; the rest is read and thrown away, so that it is not blocked. */
  outputBytes: 64 * 1024,
  /** Seconds a new CRD may take until it is served; observed 2 s, and 60 s under a loaded API server. */
  establishSeconds: 120,
  /** Seconds for a workload to become available before its apply group is called late. */
  availableSeconds: 600,
} as const;
