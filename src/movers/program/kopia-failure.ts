import { LandfallError, type ErrorCode } from '../../core/errors.ts';

interface Rule {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  readonly what: string;
  readonly fix?: string;
}

/** kopia has no exit codes of its own: its last lines decide. The first rule that matches wins. */
const rules: readonly Rule[] = [
  {
    pattern: /invalid repository password/,
    code: 'LOCATION_CREDENTIALS',
    what: 'the password does not open the volume repository',
    fix: 'set repositoryPassword of the Location to the password with which the repository was created',
  },
  {
    pattern:
      /InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidToken|AuthenticationFailed|googleapi: Error 401|cannot fetch token|could not find default credentials|security token|signature we calculated does not match|access key id you provided does not exist/i,
    code: 'LOCATION_CREDENTIALS',
    what: 'the object store rejects the credentials',
  },
  {
    pattern: /AccessDenied|Access Denied|AuthorizationFailure|403 Forbidden|googleapi: Error 403/i,
    code: 'LOCATION_FORBIDDEN',
    what: 'the object store denies access',
  },
  {
    pattern: /NoSuchBucket|bucket (?:does not|doesn't) exist|ContainerNotFound|bucket .* does not exist/i,
    code: 'LOCATION_NOT_FOUND',
    what: 'the bucket or container does not exist',
  },
  {
    pattern: /StorageFull|QuotaExceeded|InsufficientStorage/i,
    code: 'LOCATION_FULL',
    what: 'the object store has no space left',
  },
  {
    pattern:
      /connection refused|no such host|i\/o timeout|network is unreachable|no route to host|TLS handshake|connection reset/i,
    code: 'LOCATION_UNREACHABLE',
    what: 'the object store cannot be reached from the pod',
  },
  {
    pattern:
      /BLOB not found|not initialized|snapshot not found|unable to load snapshot|no such snapshot|object not found/i,
    code: 'STORED_OBJECT_MISSING',
    what: 'the volume repository does not contain the requested data',
  },
  {
    pattern: /checksum|corrupt|decrypt|invalid content/i,
    code: 'STORED_OBJECT_CORRUPT',
    what: 'the volume repository holds damaged data',
  },
];

const noSpace = /no space left on device|disk quota exceeded/i;

/** Gives the LandfallError for a kopia command that failed, from the lines it printed. */
export function kopiaFailure(command: string, output: string, intoVolume: boolean): LandfallError {
  const why = lastLines(output);
  if (noSpace.test(why)) {
    return intoVolume
      ? new LandfallError('VOLUME_FULL', { what: 'the volume is too small for the data', why })
      : new LandfallError('VOLUME_MOVER_FAILED', { what: 'the scratch space of the mover is full', why });
  }
  const rule = rules.find(({ pattern }) => pattern.test(why));
  if (rule === undefined) return new LandfallError('VOLUME_MOVER_FAILED', { what: `kopia ${command} failed`, why });
  return new LandfallError(rule.code, { what: rule.what, why, ...(rule.fix === undefined ? {} : { fix: rule.fix }) });
}

/** kopia writes an error right behind the progress on the same line. */
const progress =
  / . \d+ hashing, \d+ hashed .*?(?:estimating\.\.\.|left)|Processed \d+ \([^)]*\) of \d+ \([^)]*\)(?: [\d.]+ \S+\/s \([^)]*\) remaining \S+)?\.?/g;

/** What kopia says it is about to do. */
const announcement = /^(?:Restoring to local filesystem|Snapshotting) .*\.\.\.$/;

function lastLines(output: string): string {
  const lines = output
    .split(/[\r\n]+/)
    .map((line) => line.replace(progress, '').trim())
    .filter((line) => line !== '' && !announcement.test(line));
  return lines.slice(-6).join('; ').slice(-1500);
}
