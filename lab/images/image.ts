/** Receives one line for each thing a build does that takes noticeable time. */
export type OnProgress = (line: string) => void;

/** One layer: a tar of files. `key` covers everything its content depends on. */
export interface Layer {
  readonly name: string;
  readonly key: string;
  readonly expectedSeconds: number;
  readonly write: (tar: string) => Promise<void>;
}

/** The part of an image configuration (OCI image-spec, config.md) that these images use. */
export interface RunConfig {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
  readonly User?: string;
  readonly WorkingDir?: string;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly StopSignal?: string;
}

/** What an image is made of; the first layer lies at the bottom. */
export interface ImageDescription {
  /** Repository and tag that manifests use. */
  readonly reference: string;
  readonly layers: readonly Layer[];
  readonly config: RunConfig;
}

/** An image ready to be imported: a docker-archive and the name it has inside. */
export interface BuiltImage {
  readonly tar: string;
  readonly reference: string;
}
