import type { BinarySpec } from './spec.ts';

const base = 'https://github.com/kopia/kopia/releases/download/v0.22.3';

/** kopia, of the version that writes and reads the volume repositories: what the mover image carries, and what reads single files here. */
export const kopiaSpec: BinarySpec = {
  name: 'kopia',
  version: '0.22.3',
  versionProbe: { args: ['--version'], pattern: /^v?(\d\S*)/ },
  official: {
    url: `${base}/kopia-0.22.3-linux-x64.tar.gz`,
    checksumsUrl: `${base}/checksums.txt`,
    member: 'kopia-0.22.3-linux-x64/kopia',
  },
};
