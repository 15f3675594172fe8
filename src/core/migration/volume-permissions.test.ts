import { describe, expect, it } from 'vitest';
import type { MigrationSpec } from '../spec/spec.ts';
import { volumeQuestions } from './volume-permissions.ts';

const spec = (more: Partial<MigrationSpec>) =>
  ({
    volumes: { mode: 'move' },
    hooks: { pre: [], post: [] },
    landfallNamespace: 'landfall-system',
    ...more,
  }) as unknown as MigrationSpec;

const asked = (more: Partial<MigrationSpec>, hasClaims: boolean): string[] =>
  volumeQuestions(spec(more), ['shop'], hasClaims).map(({ side, verb, resource, namespace }) =>
    `${side} ${verb} ${resource.plural} ${namespace}`.trim()
  );

describe('questions about volumes and hooks', () => {
  it('are none where nothing of it is used', () => {
    expect(asked({}, false)).toEqual([]);
    expect(asked({ volumes: { mode: 'none' } as MigrationSpec['volumes'] }, true)).toEqual([]);
  });

  it('cover snapshots, their contents, Jobs, logs and volumes where claims move', () => {
    expect(asked({}, true)).toEqual(
      expect.arrayContaining([
        'source create volumesnapshots shop',
        'source delete volumesnapshotcontents',
        'source create jobs landfall-system',
        'target get pods/log landfall-system',
        'target patch persistentvolumes',
        'source create namespaces',
      ])
    );
  });

  it('cover exec where a hook runs', () => {
    const hook = { namespace: 'shop' } as MigrationSpec['hooks']['pre'][number];
    expect(asked({ hooks: { pre: [hook], post: [hook] } }, false)).toEqual([
      'source list pods shop',
      'source create pods/exec shop',
    ]);
  });
});
