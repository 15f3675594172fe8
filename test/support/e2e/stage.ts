import { readLab } from '../../../lab/index.ts';
import { removeNamespaces } from './app.ts';
import { labName } from './lab.ts';
import { openPlace, type Place, type PlaceOptions } from './place.ts';
import { differences, readState, type State } from './state.ts';

/**
 * The clusters while several tests use them at the same time, each with a place of its own. All names are known from
 * the start, so that every test can ignore what belongs to the others.
 */
export interface Stage {
  place(name: string, options?: PlaceOptions): Promise<Place>;
  /** What is there of one place, whatever other tests do meanwhile. Storage is compared once all of them are done. */
  stateOf(place: Place): Promise<State>;
  /** After the last test: takes the applications away and gives what differs from before the first, storage included. */
  differencesFromFirst(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Removes what an earlier run of the tests has left and remembers what is there then. */
export async function openStage(names: readonly string[]): Promise<Stage> {
  const lab = readLab(labName);
  const clear = (): Promise<unknown> =>
    Promise.all([removeNamespaces(lab, 'source', names), removeNamespaces(lab, 'target', names)]);
  await clear();
  const first = await readState(lab);
  const places: Place[] = [];
  return {
    async place(name, options) {
      if (!names.includes(name)) throw new Error(`the stage knows no place ${name}`);
      const place = await openPlace(name, options);
      places.push(place);
      return place;
    },
    stateOf: ({ name }) =>
      readState(lab, { ignore: names.filter((one) => one !== name).flatMap((one) => [one, `landfall-${one}`]) }),
    async differencesFromFirst() {
      await clear();
      return differences(first, await readState(lab));
    },
    close: async () => void (await Promise.all(places.map((place) => place.close()))),
  };
}
