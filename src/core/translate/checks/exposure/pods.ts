import { podSpecPointer } from '../../../graph/pod-spec.ts';
import { numeric, tree, trees } from '../../draft.ts';
import { subjectOf, type CheckedObject } from '../pair.ts';
import { noAnswers, noRanges, noServers, type Front } from './front.ts';

/** Pods in the network of their node, or with ports on it, are reached past every Service. */
export function podFront(object: CheckedObject, origin: string): Front | undefined {
  const spec = tree(object.root, ...(podSpecPointer(object.ref)?.slice(1).split('/') ?? ['']));
  if (spec === undefined) return undefined;
  const containers = [...trees(spec, 'containers'), ...trees(spec, 'initContainers')];
  const onHost = containers.some((one) => trees(one, 'ports').some((port) => (numeric(port, 'hostPort') ?? 0) > 0));
  if (spec['hostNetwork'] !== true && !onHost) return undefined;
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
