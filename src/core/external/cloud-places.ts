/** What is behind a name outside of the cluster, by what follows when two clusters use it. */
export type PlaceKind = 'store' | 'data' | 'cloud' | 'address';

/** A place outside of the cluster that a text names: never more than a bucket, a host or a resource name. */
export interface CloudPlace {
  readonly kind: PlaceKind;
  /** `s3://backups`, `orders.abc.eu-west-1.rds.amazonaws.com`. */
  readonly name: string;
}

const textMax = 256 * 1024;

/** Without any of these a text names no such place; cheap, for texts of whole objects. */
export const placeTraces =
  /:\/\/|amazonaws\.com|\.windows\.net|\.azure\.(?:com|net)|googleapis\.com|arn:aws|[bB]ucket|BUCKET|\b(?:10|172|192)\.\d/;

/** Schemes of object stores; what stands behind them is the bucket, or `container@account`. */
const storeUri =
  /\b(s3[an]?|gs|gcs|az|azblob|azure|abfss?|wasbs?|swift|b2|oss|cosn?|obs|oci):\/\/(?:[^\s"'/@]*:[^\s"'/@]*@)?([a-z0-9][\w.@-]{0,250})/gi;
/** Names of hosts, at any place of a text, also as the authority of a URL. */
const host = /(?<![\w.-])((?:[a-z0-9][a-z0-9-]{0,62}\.){1,10}(?:com\.cn|com|net|io))(?![\w-]|\.[a-z])/gi;
/** Resources that applications write to; roles, certificates and keys of a cluster are judged as identities. */
const arn =
  /\barn:aws[a-z-]*:(s3|sns|sqs|dynamodb|kinesis|firehose|rds|es|elasticache|kafka|secretsmanager|kms):[^\s"',;]{1,300}/g;
const address = /(?<![\d.\w/:-])((?:10|172|192)(?:\.\d{1,3}){3})(?![\d.]|\/\d|-\d)/g;

/** Hosts of clouds by what they hold. The first that fits counts; the end of a service alone holds nothing of anybody. */
const hosts: readonly { readonly pattern: RegExp; readonly kind: PlaceKind | undefined }[] = [
  // Images, load balancers and the clusters themselves are judged elsewhere; these are no place of the application's data.
  { pattern: /(?:^|\.)(?:ecr|elb|eks)(?:\.[a-z0-9-]+)*\.amazonaws\.com(?:\.cn)?$/, kind: undefined },
  {
    pattern:
      /\.(?:rds|redshift|docdb|neptune|cache|memorydb|es|aoss|mq|kafka)(?:\.[a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?$/,
    kind: 'data',
  },
  { pattern: /\.(?:rds|redshift|cache|es|kafka)\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?$/, kind: 'data' },
  { pattern: /^.+\.cache\.amazonaws\.com(?:\.cn)?$/, kind: 'data' },
  { pattern: /^[a-z0-9][a-z0-9.-]+\.s3[.-](?:[a-z0-9-]+\.)*amazonaws\.com(?:\.cn)?$/, kind: 'store' },
  {
    pattern: /(?:^|\.)(?:sqs|sns|dynamodb|kinesis|firehose|secretsmanager)\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?$/,
    kind: 'cloud',
  },
  {
    pattern: /^(?:s3|s3[.-][a-z0-9.-]+|sts[a-z0-9.-]*|[a-z0-9-]+(?:\.[a-z0-9-]+)?)\.amazonaws\.com(?:\.cn)?$/,
    kind: undefined,
  },
  { pattern: /\.amazonaws\.com(?:\.cn)?$/, kind: 'cloud' },
  { pattern: /^[a-z0-9-]+\.(?:blob|dfs|file|queue|table)\.(?:storage\.azure\.net|core\.windows\.net)$/, kind: 'store' },
  { pattern: /\.(?:database|servicebus|search)\.windows\.net$/, kind: 'data' },
  {
    pattern:
      /\.(?:(?:postgres|mysql|mariadb)\.database|(?:mongo\.|table\.|cassandra\.)?(?:cosmos|documents)|redis\.cache\.windows|managedhsm)\.azure\.(?:com|net)$/,
    kind: 'data',
  },
  {
    pattern: /\.(?:redis\.cache\.windows\.net|redis\.azure\.net|mongo\.cosmos\.azure\.com|vault\.azure\.net)$/,
    kind: 'data',
  },
  { pattern: /^[a-z0-9._-]+\.storage\.googleapis\.com$/, kind: 'store' },
  { pattern: /\.(?:digitaloceanspaces|r2\.cloudflarestorage|backblazeb2|wasabisys)\.com$/, kind: 'store' },
  { pattern: /\.(?:db\.ondigitalocean\.com|mongodb\.net|aivencloud\.com)$/, kind: 'data' },
];

/** The place a host of a cloud is; undefined for every other host, and for the ends of services that belong to nobody. */
export function cloudHost(name: string): CloudPlace | undefined {
  const lower = name.toLowerCase();
  const kind = hosts.find(({ pattern }) => pattern.test(lower))?.kind;
  return kind === undefined ? undefined : { kind, name: lower };
}

/**
 * Finds the places of clouds that a text names: URIs of object stores, hosts of storage, databases and queues, ARNs and
 * private addresses. Paths, queries and users of a URI are not kept. Each once, in the order of the text.
 */
export function cloudPlaces(text: string): readonly CloudPlace[] {
  const found = new Map<string, CloudPlace>();
  const add = (place: CloudPlace | undefined): void => {
    if (place !== undefined && !found.has(place.name)) found.set(place.name, place);
  };
  const cut = text.slice(0, textMax);
  for (const [, scheme = '', bucket = ''] of cut.matchAll(storeUri)) {
    // `container@account` of Azure: what is behind the sign is the account's host.
    add({ kind: 'store', name: `${scheme.toLowerCase()}://${bucket.replace(/[.@-]+$/, '')}` });
  }
  const without = cut.replaceAll(storeUri, ' ');
  for (const [, name = ''] of without.matchAll(host)) add(cloudHost(name));
  for (const [whole] of without.matchAll(arn)) add({ kind: arnKind(whole), name: arnName(whole) });
  for (const [, name = ''] of without.matchAll(address)) if (isPrivateAddress(name)) add({ kind: 'address', name });
  return [...found.values()];
}

function arnKind(text: string): PlaceKind {
  return /^arn:aws[a-z-]*:s3:/.test(text) ? 'store' : 'cloud';
}

/** Objects below a bucket are not distinguished. */
function arnName(text: string): string {
  const bare = text.replace(/[)\]}.]+$/, '');
  return /^arn:aws[a-z-]*:s3:/.test(bare) ? bare.replace(/\/.*$/, '') : bare;
}

function isPrivateAddress(text: string): boolean {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  if ([first, second, ...rest].some((part) => part > 255)) return false;
  return first === 10 || (first === 172 && second >= 16 && second < 32) || (first === 192 && second === 168);
}
