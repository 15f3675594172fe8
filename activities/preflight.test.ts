import { describe, expect, it } from 'vitest';
import type { Finding } from '../src/core/run/events.ts';
import { createMemoryLocation } from '../src/locations/memory/index.ts';
import { keepFindings, preflightFindings } from './preflight.ts';

const finding = (index: number, severity: Finding['severity']): Finding => ({
  ...{ code: 'CLUSTER_FORBIDDEN', severity, subject: `west: ${index}`, message: 'no', remedy: 'grant it' },
});

async function kept(findings: readonly Finding[]) {
  const location = createMemoryLocation('store');
  const found = await keepFindings({ location, runId: 'shop-1' }, findings, new AbortController().signal);
  return { ...found, all: await preflightFindings(location, found) };
}

describe('the findings of a preflight', () => {
  it('are all stored and counted where they are too many to travel, and what stops the run travels', async () => {
    const warnings = Array.from({ length: 60 }, (_, index) => finding(index, 'warning'));
    const blockers = Array.from({ length: 10 }, (_, index) => finding(100 + index, 'blocker'));
    const { findings, findingCount, all } = await kept([...warnings, ...blockers]);
    expect(findings).toHaveLength(50);
    expect(findings.slice(0, 10)).toEqual(blockers);
    expect(findingCount).toBe(70);
    expect(all).toEqual([...blockers, ...warnings]);
  });

  it('are all there beyond the bound when each of them stops the run', async () => {
    const blockers = Array.from({ length: 60 }, (_, index) => finding(index, 'blocker'));
    const { findingCount, all } = await kept(blockers);
    expect([findingCount, all.length]).toEqual([60, 60]);
  });

  it('are stored in no second place where they all travel', async () => {
    const few = Array.from({ length: 50 }, (_, index) => finding(index, 'blocker'));
    expect(await kept(few)).toEqual({ findings: few, all: few });
  });
});
