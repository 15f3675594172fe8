import { admissionFindings } from './admission.ts';
import { clusterFindings } from './cluster.ts';
import { edgeFindings } from './edge.ts';
import { outsideFindings } from './outside.ts';
import { runningFindings } from './running.ts';
import { storageFindings } from './storage.ts';
import { trafficFindings } from './traffic.ts';

/** Every finding of the assessment. Codes are permanent: waivers, reports and the reference name them. */
export const catalogue = {
  ...clusterFindings,
  ...storageFindings,
  ...admissionFindings,
  ...trafficFindings,
  ...outsideFindings,
  ...edgeFindings,
  ...runningFindings,
} as const;
