import type { z } from 'zod';
import type { LandfallDocument } from '../../config/document.ts';
import type { ScopedDocument } from '../scoped/document.ts';
import type { appliedKeys, beforeWritingKeys } from './schema.ts';

type Keys = typeof appliedKeys & typeof beforeWritingKeys;

/** What the rules of this folder read of a document: a kind that has these keys takes the rules as they are. */
export interface AppliedDocument extends LandfallDocument {
  readonly spec: z.infer<z.ZodObject<Keys>> &
    Pick<ScopedDocument['spec'], 'scope' | 'landfallNamespace'> & {
      readonly target: string;
    };
}
