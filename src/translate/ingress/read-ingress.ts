import { text } from '../draft.ts';
import type { IngressController } from './classes.ts';
import { albReaders } from './read-alb.ts';
import { nginxReaders, readNginxRedirect } from './read-nginx.ts';
import { agcReaders, agicReaders, aviReaders, contourReaders } from './read-others.ts';
import type { Reader } from './readers.ts';
import type { IngressModel } from './model.ts';
import type { Tree } from '../../core/json/tree.ts';

const readers: Readonly<Record<IngressController, readonly Reader[]>> = {
  alb: albReaders,
  agic: agicReaders,
  agc: agcReaders,
  nginx: nginxReaders,
  contour: contourReaders,
  avi: aviReaders,
};

/** Seconds after which each stops waiting for an answer, by default. */
export const defaultTimeoutSeconds: Readonly<Record<IngressController, number | undefined>> = {
  contour: 15,
  alb: 60,
  nginx: 60,
  agic: 30,
  avi: undefined,
  agc: 60,
};

/** Reads what an Ingress says to its controller; `hasTls`: its `spec.tls` names hosts or Secrets. */
export function readIngress(
  annotations: Tree | undefined,
  controller: IngressController,
  hasTls: boolean
): IngressModel {
  const model: IngressModel = {
    sourceRanges: [],
    certificates: [],
    subnets: [],
    aliases: [],
    unmapped: [],
    read: new Set(),
  };
  for (const key of Object.keys(annotations ?? {}).sort()) {
    const reader = readers[controller].find((candidate) => candidate.key.test(key));
    if (reader === undefined) continue;
    reader.read(model, text(annotations, key), key);
    model.read.add(key);
  }
  if (model.exposure === undefined && controller !== 'contour' && controller !== 'avi') {
    model.exposureIsDefault = true;
    model.exposure = controller === 'alb' ? 'internal' : 'public';
  }
  finishTls(model, controller, { hasTls, annotations });
  return model;
}

/**
 * With TLS, NGINX and Avi redirect to HTTPS unless they are configured not to; AGIC serves no plain HTTP unless it redirects
 * (pkg/appgw/ingress_rules.go); Contour and an ALB serve both.
 */
function finishTls(
  model: IngressModel,
  controller: IngressController,
  { hasTls, annotations }: { readonly hasTls: boolean; readonly annotations: Tree | undefined }
): void {
  const isTls = hasTls || model.certificates.length > 0;
  if (controller === 'alb') {
    // A certificate alone moves the one listener to 443: there is no plain HTTP then.
    if (text(annotations, 'alb.ingress.kubernetes.io/listen-ports') === '' && model.certificates.length > 0) {
      model.terminatesTls = true;
      model.httpsOnly = true;
    }
    if (model.terminatesTls === true && model.certificates.length === 0) model.certificateByHost = true;
    return;
  }
  model.terminatesTls = isTls && model.passthrough !== true;
  if (controller === 'nginx') readNginxRedirect(model, annotations, model.terminatesTls);
  if (controller === 'avi' && model.terminatesTls) model.sslRedirect ??= true;
  if (controller === 'agic' && model.terminatesTls && model.sslRedirect !== true) model.httpsOnly = true;
}
