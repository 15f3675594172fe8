import { waitFor } from '../../../src/host/wait.ts';
import { widgetDefinition } from '../../support/many-objects.ts';
import { scaleOf } from '../fixture.ts';
import type { Lane } from '../lane.ts';

interface Definition {
  readonly spec: { readonly versions: readonly { readonly name: string; readonly served: boolean }[] };
}

const root = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** As a patch, since another strike may have named a webhook. */
const noConversion = { strategy: 'None', webhook: null };

/** The source serves its widgets in a newer version as well, which nobody can convert to: lists in it fail. */
export function breakConversion(lane: Lane): Promise<() => Promise<unknown>> {
  const service = { namespace: 'default', name: 'nobody', port: 443 };
  const webhook = { conversionReviewVersions: ['v1'], clientConfig: { service } };
  return serve(lane, { versions: ['v1', 'v2'], conversion: { strategy: 'Webhook', webhook } });
}

/** The source serves its widgets in another version only. */
export function removeVersion(lane: Lane): Promise<() => Promise<unknown>> {
  return serve(lane, { versions: ['v2'], conversion: noConversion });
}

/** Deletes the definition the run has made on the target, if it has made it yet, and waits until it is gone. */
export async function deleteDefinition({ target, ...lane }: Lane): Promise<void> {
  const path = definitionPath(lane);
  await target.call('DELETE', path);
  await waitFor(async () => ((await target.get(path)) === undefined ? true : undefined), {
    ...{ what: `${path} to be gone`, deadlineMs: 60_000, intervalMs: 100 },
  });
}

interface Served {
  readonly versions: readonly string[];
  readonly conversion: object;
}

/** Changes how widgets of the source are served, and waits until it is so; gives what brings it back. */
async function serve(lane: Lane, { versions, conversion }: Served): Promise<() => Promise<unknown>> {
  const definition = widgetDefinition(scaleOf(lane).group).object as Definition;
  const stored = definition.spec.versions[0];
  const changed = [
    { ...stored, served: versions.includes('v1') },
    { ...stored, name: 'v2', storage: false },
  ];
  await patch(lane, { versions: changed, conversion });
  await discovered(lane, versions);
  return async () => {
    await patch(lane, { versions: definition.spec.versions, conversion: noConversion });
    await discovered(lane, ['v1']);
  };
}

async function patch(lane: Lane, spec: object): Promise<void> {
  const body = { type: 'application/merge-patch+json', text: JSON.stringify({ spec }) };
  const { status, text } = await lane.source.call('PATCH', definitionPath(lane), body);
  if (status !== 200) throw new Error(`the definition of ${lane.name} was not changed: ${status} ${text}`);
}

async function discovered(lane: Lane, versions: readonly string[]): Promise<void> {
  const { group } = scaleOf(lane);
  const probe = async (): Promise<true | undefined> => {
    const found = await lane.source.get<{ versions: { version: string }[] }>(`/apis/${group}`);
    const names = (found?.versions ?? []).map(({ version }) => version).sort();
    return names.join() === [...versions].sort().join() ? true : undefined;
  };
  await waitFor(probe, { what: `${group} to be served in ${versions.join()}`, deadlineMs: 60_000, intervalMs: 100 });
}

function definitionPath(lane: Pick<Lane, 'name' | 'index'>): string {
  return `${root}/widgets.${scaleOf(lane).group}`;
}
