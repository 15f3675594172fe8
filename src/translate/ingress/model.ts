/** What the controller speaks to the pods. H2 and GRPCS are over TLS, H2C and GRPC are not. */
export type BackendProtocol = 'HTTP' | 'HTTPS' | 'H2C' | 'H2' | 'GRPC' | 'GRPCS';

/** What an Ingress asks of its controller beyond hosts and paths, in nobody's words. */
export interface IngressModel {
  /** Absent: nobody says it on the source. */
  exposure?: 'internal' | 'public';
  exposureIsDefault?: boolean;
  /** The class is one of the platform with a load balancer of its own, of which nothing was found out. */
  exposureIsUnknown?: boolean;
  sslRedirect?: boolean;
  /** There is no plain HTTP at all, not even to redirect. */
  httpsOnly?: boolean;
  /** TLS ends at the load balancer, whether `spec.tls` names a Secret or not. */
  terminatesTls?: boolean;
  /** The certificate is looked up by the names of the hosts. */
  certificateByHost?: boolean;
  backendProtocol?: BackendProtocol;
  /** Infinity: it never ends. */
  timeoutSeconds?: number;
  /** The matched prefix is replaced by this one before the backend sees the path. */
  rewritePrefix?: string;
  readonly sourceRanges: string[];
  /** Certificates named outside of `spec.tls`. */
  readonly certificates: string[];
  healthPath?: string;
  cookieAffinity?: boolean;
  group?: string;
  readonly subnets: string[];
  passthrough?: boolean;
  /** Further hosts that are answered as those of the rules. */
  readonly aliases: string[];
  readonly unmapped: LostSetting[];
  readonly read: Set<string>;
}

export interface LostSetting {
  readonly key: string;
  readonly what: string;
  /** It kept requests out: without it the application answers them. */
  readonly opens?: boolean;
}
