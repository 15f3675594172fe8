import { bundleWorkflows } from './bundle.ts';

/** Bundles the workflows and writes the code to standard output; see `bundleApart`. */
process.stdout.write((await bundleWorkflows()).code);
