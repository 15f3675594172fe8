/** The seeds of every change: one of each kind of fault that has ever found something, and the commonest. */
export const chosenSeeds: readonly number[] = [];
