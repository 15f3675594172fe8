/** What each exit code means (A5). Compatible for ever: a code may be added, never given another meaning. */
export const exitCodes = {
  0: 'done and verified',
  1: 'failed; all changes are undone, the source serves',
  2: 'usage or configuration',
  3: 'partial: something failed, was not verified, could not be discovered, or was skipped manually',
  4: 'with --exit-code: the plan has actions, or the assessment has open warnings',
  5: 'stopped before changing anything: blocker, approval missing, rejected or expired, plan stale, window closed',
  6: 'failed and the undo is incomplete: a person is needed, the report says which side serves',
  7: 'cancelled by a user, undone',
  8: 'detached or watch ended, the run continues',
  9: 'ended with an unknown result: no worker answered, and Temporal has no record of the result',
  10: 'source unreachable or access refused',
  11: 'target unreachable or access refused',
  12: 'location unreachable or access refused',
  70: 'defect in Landfall',
  130: 'interrupted before a run existed',
} as const;
