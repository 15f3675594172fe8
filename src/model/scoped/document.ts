import type { z } from 'zod';
import type { LandfallDocument } from '../../config/document.ts';
import type { Hooks, scopeSchema, volumesSchema, Waiver } from './schema.ts';

type Scope = z.infer<ReturnType<typeof scopeSchema>>;
type Volumes = Pick<z.infer<ReturnType<typeof volumesSchema<z.ZodType<string>>>>, 'mode' | 'movers' | 'timeout'>;

/** What the rules of this folder read of a document: a kind that has these keys takes the rules as they are. */
export interface ScopedDocument extends LandfallDocument {
  readonly spec: {
    readonly scope: Scope;
    readonly landfallNamespace: string;
    /** Only a kind that changes objects has them. */
    readonly transforms?: readonly { readonly match: { readonly labelSelector: string } }[];
    readonly hooks?: z.infer<typeof Hooks>;
  };
}

/** A document with commands around its snapshots. */
export interface HookedDocument extends ScopedDocument {
  readonly spec: ScopedDocument['spec'] & { readonly hooks: z.infer<typeof Hooks> };
}

/** A document of a run that moves volumes. */
export interface VolumesDocument extends LandfallDocument {
  readonly spec: { readonly location: string; readonly volumes: Volumes; readonly dryRun?: boolean };
}

/** A document that accepts findings. */
export interface WaivingDocument extends LandfallDocument {
  readonly spec: { readonly waivers: readonly z.infer<typeof Waiver>[] };
}
