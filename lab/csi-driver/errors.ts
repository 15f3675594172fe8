import { status } from '@grpc/grpc-js';

/** A failure the CSI specification gives a gRPC code to; anything else a handler throws becomes INTERNAL. */
export class CsiError extends Error {
  readonly code: status;

  constructor(code: keyof typeof status, message: string) {
    super(message);
    this.name = 'CsiError';
    this.code = status[code];
  }
}

/** Returns the value, or fails with INVALID_ARGUMENT naming the field when it is empty (csi.proto marks it REQUIRED). */
export function required<Value>(value: Value | null | undefined | '', field: string): Value {
  if (value === null || value === undefined || value === '') {
    throw new CsiError('INVALID_ARGUMENT', `${field} is required`);
  }
  return value;
}

/**
 * Makes a guard that lets one operation per key run at a time and refuses a second with ABORTED, as the specification's
 * section "Concurrency" wants. A caller whose deadline passed during a long copy meets this until the copy is done.
 */
export function createExclusive(): <Result>(key: string, operation: () => Promise<Result>) => Promise<Result> {
  const busy = new Set<string>();
  return async function exclusive(key, operation) {
    if (busy.has(key)) throw new CsiError('ABORTED', `an operation on ${key} is still running`);
    busy.add(key);
    try {
      return await operation();
    } finally {
      busy.delete(key);
    }
  };
}
