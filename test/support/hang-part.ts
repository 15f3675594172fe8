import { status, type Lab } from '../../lab/index.ts';

/** Stops a part of a lab without ending it: it answers nobody and keeps its connections. The result lets it go on. */
export function hangPart(lab: Lab, part: string): () => void {
  const found = status(lab.name).parts.find((one) => one.part === part && one.alive);
  if (found === undefined) throw new Error(`the lab "${lab.name}" runs no ${part}`);
  process.kill(found.pid, 'SIGSTOP');
  let isHung = true;
  return () => {
    if (isHung) process.kill(found.pid, 'SIGCONT');
    isHung = false;
  };
}
