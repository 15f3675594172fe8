import type { StorageClassFacts } from './storage-class-facts.ts';

/**
 * Chooses the class of the claim through which a snapshot is read. Its provisioner makes a volume of the snapshot, so it has to
 * be the driver that made it. A volume that somebody made by hand has class '', or one by whose name no class exists: it is
 * read through another class of its driver, the default one before the first by name.
 */
export function chooseReadClass(
  sourceClass: string,
  driver: string,
  classes: readonly StorageClassFacts[]
): { readonly found: true; readonly name: string } | { readonly found: false } {
  const own = classes.find(({ name }) => name === sourceClass);
  const ofDriver = classes
    .filter(({ provisioner }) => provisioner === driver)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  if (own !== undefined && (own.provisioner === driver || ofDriver.length === 0))
    return { found: true, name: own.name };
  const chosen = ofDriver.find(({ isDefault }) => isDefault) ?? ofDriver[0];
  return chosen === undefined ? { found: false } : { found: true, name: chosen.name };
}

/** Why a snapshot of a claim could be made, but not read. */
export function noReadClass(sourceClass: string, driver: string): string {
  const named =
    sourceClass === '' ? 'the claim has no storage class' : `the source has no storage class ${sourceClass}`;
  return `${named}, and none for the driver ${driver}, so no volume could be provisioned from its snapshot`;
}
