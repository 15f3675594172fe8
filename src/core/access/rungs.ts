import type { AccessRung, LocationSpec } from '../spec/location-spec.ts';

/** One way into a Location, as the Location would be written if it had no other. */
export interface Rung {
  readonly name: string;
  readonly spec: LocationSpec;
}

/** The name of the way that the Location itself says. */
export const ownRung = 'own';

/** Every way into the store of a Location, in the order they are tried: its own, then those of `access`. */
export function rungsOf(spec: LocationSpec): readonly Rung[] {
  const { access = [], ...own } = spec as LocationSpec & { readonly access?: readonly AccessRung<unknown>[] };
  const further = access.flatMap(({ name, way }): Rung[] =>
    way === undefined ? [] : [{ name, spec: withWay(own, way) }]
  );
  return [{ name: ownRung, spec: own }, ...further];
}

/** The Locations that hold a copy, by the name of their rung. */
export function copiesOf(spec: LocationSpec): readonly { readonly name: string; readonly location: string }[] {
  const access: readonly AccessRung<unknown>[] = spec.access ?? [];
  return access.flatMap(({ name, copy }) => (copy === undefined ? [] : [{ name, location: copy }]));
}

/** A way of one provider is read with its form, so it fits the Location it stands in. */
function withWay(own: LocationSpec, way: unknown): LocationSpec {
  switch (own.provider) {
    case 's3':
    case 'gcs':
      return { ...own, credentials: way } as LocationSpec;
    case 'azure': {
      const { accountKey: _, sasToken: __, ...rest } = own;
      return { ...rest, ...(way as object) };
    }
    case 'filesystem':
      return own;
  }
}
