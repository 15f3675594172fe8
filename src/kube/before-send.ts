import type { Dispatcher } from 'undici';

/** Key of a request's options: what is asked right before its bytes are written. */
export const beforeSend = Symbol('lastLook');

/** The check before sending refused a request: nothing of it was sent. Carries what the check threw. */
export class NotSent extends Error {
  constructor(cause: unknown) {
    super('nothing was sent', { cause });
  }
}

/**
 * An interceptor of undici that makes a request's last check when the client is about to write it to a socket: a request may
 * have waited for a connection until then, and the process may have slept meanwhile. A check that throws ends it unsent.
 */
export function askBeforeSend(dispatch: Dispatcher.Dispatch): Dispatcher.Dispatch {
  return (options, handler) => {
    const { [beforeSend]: check } = options as { readonly [beforeSend]?: () => void };
    return dispatch(options, check === undefined ? handler : askingBeforeSend(handler, check));
  };
}

function askingBeforeSend(handler: Dispatcher.DispatchHandler, check: () => void): Dispatcher.DispatchHandler {
  return {
    onRequestStart(controller, context) {
      try {
        check();
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
