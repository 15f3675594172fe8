// Completes package-lock.json after a change of dependencies: `node scripts/complete-lock.mjs`.
//
// Platform packages of native tools are optional dependencies. A registry mirror that does not carry the ones of foreign
// platforms makes `npm install` omit them from the lock file, and `npm ci` then refuses the file as incomplete. This
// writes them in with the version their parent names and the platform their own name shows, so that npm skips them where
// they do not belong and installs them where they do.
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));
const added = [];
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const platform = platformOf(name);
    if (path === '' || platform === undefined || !/^\d/.test(version) || isLocked(path, name)) continue;
    lock.packages[`node_modules/${name}`] = {
      version,
      ...platform,
      optional: true,
      ...(entry.dev ? { dev: true } : {}),
    };
    added.push(`${name}@${version}`);
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(added.length === 0 ? 'nothing was missing' : `added ${added.length}: ${added.join(' ')}`);

/** As Node resolves it: nested in the parent first, then at the top. */
function isLocked(path, name) {
  return `${path}/node_modules/${name}` in lock.packages || `node_modules/${name}` in lock.packages;
}

/** `@scope/binding-linux-arm64-musl` -> os linux, cpu arm64, libc musl. */
function platformOf(name) {
  const os = /\b(android|darwin|freebsd|linux|openharmony|win32)\b/.exec(name)?.[1];
  const cpu = /-(arm64|arm|ia32|x64|ppc64|riscv64|s390x|loong64)(?:-|$)/.exec(name)?.[1];
  if (os === undefined || cpu === undefined) return undefined;
  const libc = /musl/.test(name) ? 'musl' : /gnu/.test(name) ? 'glibc' : undefined;
  return { cpu: [cpu], ...(libc === undefined || os !== 'linux' ? {} : { libc: [libc] }), os: [os] };
}
