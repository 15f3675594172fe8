/** Characters of one text that are looked through. */
const textMax = 256 * 1024;

/** A Service that a text names as a host. */
export interface ServiceHost {
  readonly namespace: string;
  readonly name: string;
  readonly host: string;
}

/** A run of labels as DNS names have them; what stands before it decides whether it is a host. */
const hosts = /(?<![\w.-])(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?![\w-])/gi;

/**
 * The Services a text names: `db.shop.svc` and what goes on from there whatever `known` says, `db.shop` and
 * `db-0.db.shop` where there is such a Service, since any other name of that form is a name of the outside. Each once.
 */
export function serviceHosts(text: string, known: (service: string) => boolean): readonly ServiceHost[] {
  const found = new Map<string, ServiceHost>();
  for (const [match] of text.slice(0, textMax).matchAll(hosts)) {
    const service = serviceOfHost(match.toLowerCase(), known);
    if (service !== undefined) found.set(`${service.namespace}/${service.name}`, { ...service, host: match });
  }
  return [...found.values()];
}

/** The Service one host means; undefined where it means none. */
export function serviceOfHost(
  host: string,
  known: (service: string) => boolean
): { readonly namespace: string; readonly name: string } | undefined {
  const labels = host.split('.');
  // The last one: a Service, and a namespace, may have that name themselves.
  const svc = labels.lastIndexOf('svc');
  if (svc >= 2) {
    const service = { namespace: labels[svc - 1] ?? '', name: labels[svc - 2] ?? '' };
    // The domain of the cluster follows; one that does not end in `local` only where there is such a Service.
    const isOwn = svc === labels.length - 1 || labels.at(-1) === 'local';
    return isOwn || known(`${service.namespace}/${service.name}`) ? service : undefined;
  }
  const [namespace = '', name = ''] = [labels.at(-1), labels.at(-2)];
  if (labels.length === 2) return known(`${namespace}/${name}`) ? { namespace, name } : undefined;
  // A pod of a StatefulSet behind its headless Service.
  const isPod = labels.length === 3 && /-[0-9]+$/.test(labels[0] ?? '');
  return isPod && known(`${namespace}/${name}`) ? { namespace, name } : undefined;
}
