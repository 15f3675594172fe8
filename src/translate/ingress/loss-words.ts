import type { Draft } from '../draft.ts';
import type { IngressModel } from './model.ts';

const words: Readonly<Partial<Record<keyof IngressModel, string>>> = {
  sslRedirect: 'the redirect from HTTP to HTTPS',
  backendProtocol: 'the protocol of the backend',
  timeoutSeconds: 'the timeout of requests',
  rewritePrefix: 'the rewrite of the path',
  sourceRanges: 'who may connect',
  cookieAffinity: 'affinity by cookie',
  healthPath: 'the path of the health check',
  passthrough: 'TLS passed through to the pods',
};

/** Fields the controller has no word for; without the list of who may connect everybody may. */
export function reportUnsupported(draft: Draft, model: IngressModel, fields: readonly (keyof IngressModel)[]): void {
  for (const field of fields) {
    const value = model[field];
    if (value === undefined || value === false || (Array.isArray(value) && value.length === 0)) continue;
    const what = words[field] ?? field;
    const remedy = 'configure it with the target’s controller, or move to Gateway API';
    if (field === 'sourceRanges') draft.opens('/metadata/annotations', what, remedy);
    else draft.loss('/metadata/annotations', what, { remedy });
  }
}
