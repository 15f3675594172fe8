import type { Dispatcher } from 'undici';

/** Key of a request's options: what is asked right before its bytes are written. */
export const lastLook = Symbol('lastLook');

/** The last look refused a request: nothing of it was sent. Carries what the look threw. */
export class NotSent extends Error {
  constructor(cause: unknown) {
    super('nothing was sent', { cause });
  }
}

/**
 * An interceptor of undici that asks a request's last look when the client is about to write it to a socket: a request may
 * have waited for a connection until then, and the process may have slept meanwhile. A look that throws ends it unsent.
 */
export function askLast(dispatch: Dispatcher.Dispatch): Dispatcher.Dispatch {
  return (options, handler) => {
    const { [lastLook]: look } = options as { readonly [lastLook]?: () => void };
    return dispatch(options, look === undefined ? handler : lookingLast(handler, look));
  };
}

function lookingLast(handler: Dispatcher.DispatchHandler, look: () => void): Dispatcher.DispatchHandler {
  return {
    onRequestStart(controller, context) {
      try {
        look();
      } catch (error) {
        // The client takes what is thrown here as the end of the request and writes nothing; the socket stays usable.
        throw new NotSent(error);
      }
      handler.onRequestStart?.(controller, context);
    },
    onRequestUpgrade: (...given) => handler.onRequestUpgrade?.(...given),
    onResponseStart: (...given) => handler.onResponseStart?.(...given),
    onResponseData: (...given) => handler.onResponseData?.(...given),
    onResponseEnd: (...given) => handler.onResponseEnd?.(...given),
    onResponseError: (...given) => handler.onResponseError?.(...given),
  };
}
