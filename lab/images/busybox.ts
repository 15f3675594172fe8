import { BUSYBOX_COMMANDS, debianLayer } from './debian-layer.ts';
import type { ImageDescription } from './image.ts';

const PATH = ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'];

/**
 * The statically linked busybox of Debian, for small workloads. Its `wget` and `nslookup` crash because they load name-service
 * libraries that are not there; use `nc`.
 */
export function describeBusybox(): ImageDescription {
  const layer = debianLayer({
    name: 'busybox',
    packages: ['busybox-static'],
    scripts: [BUSYBOX_COMMANDS],
    expectedSeconds: 4,
  });
  return {
    reference: 'landfall-lab/busybox:1',
    layers: [layer],
    config: { Cmd: ['/bin/sh'], Env: PATH },
  };
}

/** The same with GNU coreutils, findutils and `setfattr`, for making files of every kind. */
export function describeToolbox(): ImageDescription {
  // The shell of busybox would take its own commands before those of coreutils, hence another one.
  const packages = ['busybox-static', 'dash', 'coreutils', 'findutils', 'attr', 'libc-bin'];
  const layer = debianLayer({ name: 'toolbox', packages, scripts: [BUSYBOX_COMMANDS], expectedSeconds: 5 });
  return {
    reference: 'landfall-lab/toolbox:1',
    layers: [layer],
    config: { Cmd: ['/bin/sh'], Env: [...PATH, 'LANG=C.UTF-8'] },
  };
}
