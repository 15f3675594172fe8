import { describe, expect, it } from 'vitest';
import { restoredManagers } from './managed-fields.ts';

const own = 'landfall-a';
const entry = (manager: string, operation: string, fieldsV1: object, more: object = {}) => ({
  manager,
  operation,
  apiVersion: 'v1',
  time: '2026-01-01T00:00:00Z',
  fieldsType: 'FieldsV1',
  fieldsV1,
  ...more,
});
const mark = { 'f:metadata': { 'f:annotations': { 'f:landfall.dev/run': {} } } };
const ours = entry(own, 'Update', { 'f:data': { '.': {}, 'f:a': {} } });
const teamA = entry('team-a', 'Apply', { 'f:data': { 'f:a': {} } });

type Json = Parameters<typeof restoredManagers>[0];
const restore = (source: readonly object[] | undefined, live: readonly object[]) =>
  restoredManagers(source as Json, live as unknown as Json, own)?.map(({ time: _, ...rest }) => rest);
const plain = ({ time: _, ...rest }: ReturnType<typeof entry>) => rest;

describe('restoredManagers', () => {
  it('gives an applier its entry back and leaves the run its mark alone', () => {
    expect(restore([teamA], [ours])).toEqual([plain(teamA), { ...plain(ours), fieldsV1: mark }]);
  });

  it.each<[string, readonly object[] | undefined]>([
    ['nothing is known', undefined],
    ['nobody applies it server-side', [entry('kubectl-client-side-apply', 'Update', { 'f:data': {} })]],
    ['only its status is applied', [entry('team-a', 'Apply', { 'f:status': {} }, { subresource: 'status' })]],
    ['an earlier run made it', [entry('landfall-b', 'Apply', { 'f:data': {} })]],
  ])('changes nothing where %s', (_, source) => expect(restore(source, [ours])).toBeUndefined());

  it('carries who edited beside the applier, without the control plane, runs of Landfall and status', () => {
    const edit = entry('kubectl-edit', 'Update', { 'f:data': { 'f:b': {} } });
    const controller = entry('kube-controller-manager', 'Update', { 'f:metadata': {} });
    const before = entry('landfall-z', 'Update', mark);
    const status = entry('operator', 'Update', { 'f:status': {} }, { subresource: 'status' });
    const managers = restore([teamA, edit, controller, before, status], [ours])?.map(({ manager }) => manager);
    expect(managers).toEqual(['team-a', 'kubectl-edit', own]);
  });

  it('keeps what others have on the target, and joins the fields of the same manager', () => {
    const platform = entry('platform', 'Apply', { 'f:metadata': { 'f:labels': { 'f:cost': {} } } });
    const status = entry('kubelet', 'Update', { 'f:status': {} }, { subresource: 'status' });
    const teamThere = entry('team-a', 'Apply', { 'f:data': { '.': {}, 'f:c': {} }, 'f:immutable': {} });
    const result = restore([teamA], [platform, status, teamThere, ours]);
    expect(result?.map(({ manager }) => manager)).toEqual(['platform', 'kubelet', 'team-a', own]);
    expect(result?.[2]?.['fieldsV1']).toEqual({ 'f:data': { '.': {}, 'f:c': {}, 'f:a': {} }, 'f:immutable': {} });
  });

  it('writes a field that one has alone and the other with fields below it', () => {
    const whole = entry('team-a', 'Apply', { 'f:data': {} });
    const result = restore([whole], [teamA, ours]);
    expect(result?.[0]?.['fieldsV1']).toEqual({ 'f:data': { '.': {}, 'f:a': {} } });
  });

  it('is done once', () => {
    const live = [teamA, { ...ours, fieldsV1: mark, time: 'later' }];
    expect(restore([teamA], live)).toBeUndefined();
  });

  it('leaves an object alone that the run has not written', () => {
    expect(restore([teamA], [entry('platform', 'Update', {})])).toBeUndefined();
  });
});
