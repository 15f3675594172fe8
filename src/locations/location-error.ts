import { LandfallError, type ErrorCode } from '../core/errors.ts';
import type { LocationOperation, OperationContext } from './operation.ts';
import { redact } from './redact.ts';

const verbs: Readonly<Record<LocationOperation, string>> = {
  create: 'write',
  put: 'write',
  read: 'read',
  head: 'look up',
  list: 'list',
  delete: 'delete',
};

export interface LocationErrorOptions {
  readonly why?: string;
  readonly fix?: string;
  readonly retryAfterMs?: number;
  /** The foreign error. Only its redacted message is kept: SDK errors carry requests with credentials. */
  readonly cause?: unknown;
}

/** Builds the error of a failed operation: which location, what was tried, on which key; never a secret. */
export function locationError(
  code: ErrorCode,
  context: OperationContext,
  options: LocationErrorOptions
): LandfallError {
  const why =
    code === 'LOCATION_UNREACHABLE'
      ? routed(options.why, context.route)
      : isOfIdentity(code)
        ? asked(options.why, context.identity)
        : options.why;
  const subject = context.key === '' ? 'the keys' : context.key;
  return new LandfallError(code, {
    what: `cannot ${verbs[context.operation]} ${subject} in Location ${context.location}`,
    ref: context.key,
    ...(why === undefined ? {} : { why: redact(why) }),
    ...(options.fix === undefined ? {} : { fix: options.fix }),
    ...(options.retryAfterMs === undefined ? {} : { retryAfterMs: options.retryAfterMs }),
    ...(options.cause === undefined ? {} : { cause: new Error(describeForeign(options.cause)) }),
  });
}

function isOfIdentity(code: ErrorCode): boolean {
  return code === 'LOCATION_FORBIDDEN' || code === 'LOCATION_CREDENTIALS';
}

/** Whoever grants rights has to know to whom. */
function asked(why: string | undefined, identity: string | undefined): string | undefined {
  return why === undefined || identity === undefined ? why : `${why}; asked as ${identity}`;
}

/** Half of what does not answer is a proxy that is not used, or one that is. */
function routed(why: string | undefined, route = ''): string | undefined {
  return why === undefined || route === '' ? why : `${why}; asked ${route}`;
}

/** The error of a read that finds nothing. */
export function missingObject(context: OperationContext): LandfallError {
  return new LandfallError('STORED_OBJECT_MISSING', {
    what: `${context.key} is not in Location ${context.location}`,
    ref: context.key,
  });
}

/** `SlowDown: Please reduce your request rate`, redacted, one line. */
export function describeForeign(error: unknown): string {
  if (!(error instanceof Error)) return redact(String(error));
  const name = error.name === 'Error' ? '' : `${error.name}: `;
  return redact(`${name}${error.message.split('\n')[0] ?? ''}`);
}
