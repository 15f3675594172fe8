/** Where else a recovery point has to be before it counts. `Place` is a Location. */
export interface CopiesSpec<Place> {
  /** How many of them have to be verified by reading back; those of one group count once. */
  readonly quorum: number;
  readonly to: readonly CopySpec<Place>[];
}

/** One of the other Locations. */
interface CopySpec<Place> {
  readonly location: Place;
  /** What it shares with others: an account, a region, a provider. Absent: nothing. */
  readonly group?: string;
}
