import { commaList } from '../load-balancer/model.ts';
import { annotationsWith, ignored, isTrue, lost, opening, plainSeconds, secondsOf, type Reader } from './readers.ts';

const appgw = annotationsWith('appgw.ingress.kubernetes.io');
const contour = annotationsWith('projectcontour.io');

/** Annotations of the Application Gateway Ingress Controller (docs/annotations.md). */
export const agicReaders: readonly Reader[] = [
  { key: appgw('ssl-redirect'), read: (model, value) => (model.sslRedirect = isTrue(value)) },
  {
    key: appgw('backend-protocol'),
    read: (model, value) => (model.backendProtocol = value.toLowerCase() === 'https' ? 'HTTPS' : 'HTTP'),
  },
  { key: appgw('backend-path-prefix'), read: (model, value) => (model.rewritePrefix = value) },
  {
    key: appgw('request-timeout'),
    read: (model, value) => {
      const seconds = plainSeconds(value);
      if (seconds !== undefined) model.timeoutSeconds = seconds;
    },
  },
  { key: appgw('use-private-ip'), read: (model, value) => (model.exposure = isTrue(value) ? 'internal' : 'public') },
  { key: appgw('cookie-based-affinity'), read: (model, value) => (model.cookieAffinity = isTrue(value)) },
  { key: appgw('health-probe-path'), read: (model, value) => (model.healthPath = value) },
  { key: appgw('appgw-ssl-certificate'), read: (model, value) => model.certificates.push(value) },
  lost(appgw('waf-policy-for-path'), 'the WAF policy'),
  lost(appgw('rewrite-rule-set.*'), 'rewrite rules of the Application Gateway'),
  opening(appgw('appgw-ssl-profile'), 'the TLS profile, which may require client certificates'),
  lost(appgw('override-frontend-port'), 'the port of the listener: other controllers listen on 80 and 443'),
  { key: appgw('hostname-extension'), read: (model, value) => model.aliases.push(...commaList(value)) },
  lost(appgw('backend-hostname'), 'the host name sent to the pods'),
  lost(
    appgw('connection-draining.*|health-probe-.*|rule-priority|appgw-trusted-root-certificate'),
    'a setting of the Application Gateway'
  ),
  lost(appgw('.*'), 'a setting of the Application Gateway'),
];

/** Annotations of Contour (config/annotations.md). */
export const contourReaders: readonly Reader[] = [
  { key: /^ingress\.kubernetes\.io\/force-ssl-redirect$/, read: (model, value) => (model.sslRedirect = isTrue(value)) },
  {
    // With force-ssl-redirect there is plain HTTP again, which redirects.
    key: /^kubernetes\.io\/ingress\.allow-http$/,
    read: (model, value) => {
      if (value === 'false' && model.sslRedirect !== true) model.httpsOnly = true;
    },
  },
  {
    key: contour('response-timeout'),
    read: (model, value) => {
      const seconds = secondsOf(value);
      if (seconds !== undefined) model.timeoutSeconds = seconds;
    },
  },
  lost(contour('num-retries|per-try-timeout|retry-on'), 'retries by Contour'),
  lost(contour('websocket-routes'), 'the list of WebSocket routes; cloud controllers pass all of them'),
  lost(contour('tls-(?:minimum|maximum)-protocol-version'), 'the minimum TLS version'),
  lost(
    contour('tls-cert-namespace'),
    'the namespace of its certificate; the Secret must be in the Ingress’s own namespace'
  ),
  ignored(contour('ingress\\.class')),
  lost(contour('.*'), 'a setting of Contour'),
];

export const aviReaders: readonly Reader[] = [
  { key: /^passthrough\.ako\.vmware\.com\/enabled$/, read: (model, value) => (model.passthrough = isTrue(value)) },
  ignored(
    /^(?:ako\.vmware\.com\/(?:enable-tls|host-fqdn-vs-uuid-map|vs-uuid|controller-cluster-uuid)|skipnodeport\.ako\.vmware\.com\/enabled)$/
  ),
  lost(/^aviinfrasetting\.ako\.vmware\.com\/name$/, 'the AviInfraSetting: network, service engine group, exposure'),
  lost(/^(?:[a-z]+\.)?ako\.vmware\.com\//, 'a setting of Avi'),
];

export const agcReaders: readonly Reader[] = [
  ignored(/^alb\.networking\.azure\.io\/(?:alb-id|alb-frontend|alb-name|alb-namespace)$/),
  lost(/^alb\.networking\.azure\.io\//, 'a setting of Application Gateway for Containers'),
];
