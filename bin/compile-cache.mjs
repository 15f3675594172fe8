import { homedir } from 'node:os';

/**
 * Where Node keeps what it has compiled, for every process started with this environment. One that finds all of its
 * modules there does not load the compiler of TypeScript: `landfall --version` takes 0.5 s instead of 0.7, and a worker
 * 35 MB less. Plain JavaScript, since what starts the pinned Node runs on older ones.
 */
export const compileCache = {
  NODE_COMPILE_CACHE: `${process.env.XDG_CACHE_HOME ?? `${homedir()}/.cache`}/landfall/compiled`,
};
