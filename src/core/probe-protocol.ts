/** What a worker and the probe program in a pod of the target exchange: a config in a variable, lines in the log. */
export type ProbeConfig =
  | { readonly mode: 'write' | 'read'; readonly path: string; readonly token: string }
  | { readonly mode: 'addresses'; readonly addresses: readonly ProbeAddress[] };

export interface ProbeAddress {
  readonly host: string;
  /** 0: only the name is resolved. */
  readonly port: number;
  readonly protocol: Protocol;
}

/** One line of the program. */
export interface ProbeResult {
  readonly subject: string;
  /** How far it came: the last thing that was done. */
  readonly step: 'resolve' | 'connect' | 'tls' | 'speak' | 'file';
  /** What was in the way; '' when everything was done. */
  readonly problem: string;
}

/** The variable of the pod that holds the config. */
export const probeVariable = 'LANDFALL_PROBE';

/** The results in a log; lines of another form are somebody else's. */
export function readResults(log: string): readonly ProbeResult[] {
  return log.split('\n').flatMap((line): ProbeResult[] => {
    if (!line.startsWith('{"subject"')) return [];
    try {
      return [JSON.parse(line) as ProbeResult];
    } catch {
      return [];
    }
  });
}

/** What is spoken there, as far as the place shows. */
export type Protocol = 'postgresql' | 'mysql' | 'redis' | 'kafka' | 'http' | 'https' | 'tls' | 'tcp';
