import { Server, ServerCredentials, status, type ServiceDefinition, type UntypedHandleCall } from '@grpc/grpc-js';
import { rm } from 'node:fs/promises';
import { CsiError } from './errors.ts';

// Each handler names the message it reads; proto-loader has no static types to hold that against, hence `never`.
type Handler = (request: never) => object | Promise<object>;

/** The methods of one gRPC service by their names in the proto file. */
export type Handlers = Readonly<Record<string, Handler>>;

/** A service definition with the handlers that implement it. */
export interface Implementation {
  readonly definition: ServiceDefinition;
  readonly handlers: Handlers;
}

/** A server that listens. */
export interface Listening {
  readonly stop: () => Promise<void>;
}

/**
 * Serves gRPC on a unix socket, replacing a socket an earlier process left. A CsiError becomes its code, anything else
 * INTERNAL; a method without a handler answers UNIMPLEMENTED. Every call is logged in one line, without its contents
 * (they may carry secrets).
 */
export async function serve(
  socketPath: string,
  implementations: readonly Implementation[],
  log: (line: string) => void
): Promise<Listening> {
  const server = new Server();
  for (const { definition, handlers } of implementations) {
    server.addService(definition, wrapHandlers(handlers, log));
  }
  await rm(socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix://${socketPath}`, ServerCredentials.createInsecure(), (cause) => {
      if (cause === null) resolve();
      else reject(cause);
    });
  });
  return {
    stop: async () => {
      server.forceShutdown();
      await rm(socketPath, { force: true });
    },
  };
}

function wrapHandlers(handlers: Handlers, log: (line: string) => void): Record<string, UntypedHandleCall> {
  const wrapped: Record<string, UntypedHandleCall> = {};
  for (const [method, handler] of Object.entries(handlers)) {
    wrapped[method] = (
      call: { request: unknown },
      reply: (error: { code: status; message: string } | null, value?: object) => void
    ): void => {
      const startedMs = performance.now();
      const finish = (code: status, detail: string): void => {
        const tookMs = Math.round(performance.now() - startedMs);
        log(`${method} ${status[code]} ${String(tookMs)}ms${detail}`);
      };
      void answer(handler, call.request).then(
        (value) => {
          finish(status.OK, '');
          reply(null, value);
        },
        (cause: unknown) => {
          const code = cause instanceof CsiError ? cause.code : status.INTERNAL;
          const message = cause instanceof Error ? cause.message : String(cause);
          finish(code, ` ${message}`);
          reply({ code, message });
        }
      );
    };
  }
  return wrapped;
}

async function answer(handler: Handler, request: unknown): Promise<object> {
  return handler(request as never);
}
