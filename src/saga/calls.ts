import type { ActivityName } from './activity-rows.ts';
import type { ActionRow, CompensationRow, RunTable } from './table.ts';

/** An activity that a run may call. */
export interface Call {
  readonly activity: ActivityName;
  /** What of the table calls it: an action says in a sentence what it does, a compensation is called by its name. */
  readonly by: string;
  /** Only for steps whose failure is noted: the run goes on without them. */
  readonly noted: boolean;
}

/** Every activity that a run of a table may call with these facts: its actions, their compensations, and its clean-up. */
export function callsOf<Facts>(table: RunTable<Facts>, facts: Facts): readonly Call[] {
  const calls: Call[] = [];
  const add = (row: ActionRow<Facts> | CompensationRow<Facts> | undefined, by: string, noted: boolean): void => {
    for (const activity of row?.activities ?? []) calls.push({ activity, by, noted });
    const { sweptBy } = row ?? {};
    if (sweptBy !== undefined) add(table.actions[sweptBy], table.actions[sweptBy]?.does ?? sweptBy, noted);
  };
  for (const { onFailure, actions } of table.stages(facts).flatMap(({ steps }) => steps)) {
    for (const { name } of actions) {
      const row = table.actions[name];
      const noted = onFailure === 'noted';
      add(row, row?.does ?? name, noted);
      const undo = typeof row?.compensation === 'function' ? row.compensation(facts) : row?.compensation;
      if (undo !== undefined) add(table.compensations[undo], `compensation: ${undo}`, noted);
    }
  }
  return calls;
}
