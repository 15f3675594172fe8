import { numeric, tree, trees } from '../../draft.ts';
import { placesOf, subjectOf, type CheckedObject } from '../pair.ts';
import { noAnswers, noRanges, noServers, type Front } from './front.ts';

/** Pods in the network of their node, or with ports on it, are reached past every Service. */
export function podFront(object: CheckedObject, origin: string): Front | undefined {
  const isReached = placesOf(object).some(({ path, isWhole }) => {
    const spec = isWhole ? tree(object.root, ...path) : undefined;
    const containers = [...trees(spec, 'containers'), ...trees(spec, 'initContainers')];
    const onHost = containers.some((one) => trees(one, 'ports').some((port) => (numeric(port, 'hostPort') ?? 0) > 0));
    return spec?.['hostNetwork'] === true || onHost;
  });
  if (!isReached) return undefined;
  return {
    origin,
    subject: subjectOf(object),
    reach: () => ({ level: 'internal', token: 'nodes' }),
    ranges: noRanges,
    guards: [],
    answers: noAnswers,
    servers: noServers,
  };
}
