import type { Answer, Task, TaskResult } from './contestant.ts';
import { floorApply, floorCapture } from './floor.ts';
import { openLandfallTasks } from './landfall-tasks.ts';
import { floorRead, landfallVerify } from './read-point.ts';
import { plainApply, plainCapture } from './plain.ts';

/** A contestant's process: does one task after the other and ends with its parent. */
const landfall = openLandfallTasks();

process.on('disconnect', () => process.exit(0));
process.on('message', ({ id, task }: { readonly id: number; readonly task: Task }) => {
  const answer = (message: Answer): void => void process.send?.(message);
  perform(task).then(
    (result) => answer({ id, result }),
    (error: unknown) => answer({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  );
});

function perform(task: Task): Promise<TaskResult> {
  switch (task.type) {
    case 'floor.capture':
      return floorCapture(task);
    case 'floor.apply':
      return floorApply(task);
    case 'plain.capture':
      return plainCapture(task);
    case 'plain.apply':
      return plainApply(task);
    case 'landfall.capture':
      return landfall.capture(task.spec);
    case 'landfall.prepareApply':
      return landfall.prepareApply(task.spec);
    case 'landfall.apply':
      return landfall.apply(task.name);
    case 'landfall.verify':
      return landfallVerify(task);
    case 'floor.read':
      return floorRead(task);
  }
}
