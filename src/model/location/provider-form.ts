import type { z } from 'zod';
import type { ConfigDocument, Violation } from '../../config/document.ts';
import { resolvePath } from '../../config/paths.ts';
import type { LocationSpec, SecretSource } from '../../core/spec/spec.ts';
import type { SecretSource as WrittenSource } from '../scalars.ts';

/** Keys of every provider (`words.ts`), which `resolveLocation` resolves. */
type CommonKey = 'encryption' | 'repositoryPassword' | 'site';

/** How a Location of one provider is written. What it is to a run, is its descriptor in `src/locations`. */
export interface ProviderForm<Schema extends z.ZodType, Spec extends LocationSpec> {
  /** Of `spec`, with `provider` as a literal. */
  readonly schema: Schema;
  /** Keys that refer to secrets, besides `repositoryPassword`. */
  readonly secretKeys: readonly string[];
  /** Keys that do not go together, by the path below `spec`. */
  contradictions?(written: z.infer<Schema>): readonly Contradiction[];
  /** What a run gets, but for what every provider has: paths absolute, defaults that depend on other keys. */
  resolve(written: z.infer<Schema>, folder: string): Omit<Spec, 'name' | 'prefix' | CommonKey>;
  /** Why volumes cannot move through it; asked only where a run moves some. */
  volumes(written: z.infer<Schema>, documents: VolumesThrough): readonly Violation[];
}

/** A key that another one excludes or needs. */
export type Contradiction = Pick<Violation, 'path' | 'what' | 'hint'>;

/** The document of a run that moves volumes, and the Location it names. */
export interface VolumesThrough {
  readonly run: ConfigDocument;
  readonly location: ConfigDocument;
}

/** A reference to a secret with an absolute path. */
export function resolveSource(source: WrittenSource, folder: string): SecretSource {
  return source.file === undefined ? { env: source.env ?? '' } : { file: resolvePath(source.file, folder) };
}
