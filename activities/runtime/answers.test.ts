import { describe, expect, it } from 'vitest';
import type { OutsideRequest, Remote } from '../../src/ports/remote.ts';
import { createAnswers } from './answers.ts';

const target: Remote = { kind: 'cluster', name: 'eks-prod', address: '10.0.0.7:6443' };
const store: Remote = { kind: 'Location', name: 'store', address: 's3.example.com' };
const refused = { words: 'connect ECONNREFUSED 10.0.0.7:6443', isAnswered: false, remainingMs: 4_000 };
const webhook = { words: 'failed calling webhook "policy.example.com"', isAnswered: true, remainingMs: 60_000 };

function rig() {
  let nowMs = 1_000_000;
  const answers = createAnswers(() => nowMs);
  const activity = {};
  return {
    wait: (ms: number) => void (nowMs += ms),
    since: (ms: number) => ms - 1_000_000,
    ask: (remote: Remote, more: Partial<OutsideRequest> = {}, owner: object = activity) => {
      const request = { remote, subject: 'create ConfigMap shop/a', failsAfterMs: 255_000, ...more };
      return answers.follow(owner, request);
    },
    unanswered: (owner: object = activity) => answers.unanswered(owner),
  };
}

describe('a remote that does not answer', () => {
  it('is named after some seconds, since when and until when, and no more once something comes', () => {
    const { ask, wait, since, unanswered } = rig();
    const request = ask(target);
    wait(60_000);
    expect(unanswered()).toBeUndefined();
    request.sent();
    wait(4_900);
    expect(unanswered()).toBeUndefined();
    wait(200);
    const found = unanswered();
    expect(found?.for).toEqual({
      kind: 'answer',
      ref: 'cluster eks-prod (10.0.0.7:6443)',
      condition: 'an answer (nothing has come back)',
    });
    expect([since(found?.sinceMs ?? 0), since(found?.deadlineMs ?? 0)]).toEqual([60_000, 315_000]);
    request.answered();
    request.ended();
    expect(unanswered()).toBeUndefined();
  });

  it('is named by its last words, across attempts of activities, and until the attempts that are left are over', () => {
    const { ask, wait, since, unanswered } = rig();
    const first = ask(target);
    first.sent();
    first.failed(refused);
    first.ended();
    wait(20_000);
    const nextAttempt = {};
    expect(unanswered(nextAttempt)).toBeUndefined();
    const second = ask(target, {}, nextAttempt);
    second.sent();
    second.failed(refused);
    const found = unanswered(nextAttempt);
    expect(found?.for.condition).toBe('an answer (last answer: connect ECONNREFUSED 10.0.0.7:6443)');
    expect([since(found?.sinceMs ?? 0), since(found?.deadlineMs ?? 0)]).toEqual([0, 24_000]);
    second.ended();
    expect(unanswered(nextAttempt)).toBeDefined();
    ask(target).sent();
    wait(5_100);
    // The activity has asked nothing more.
    expect(unanswered(nextAttempt)).toBeUndefined();
  });

  it('is not silent while it answers others, however slow one answer is or long', () => {
    const { ask, wait, unanswered } = rig();
    const slow = ask(store, { isQueued: true });
    const long = ask(target, { subject: 'list Pods in shop' });
    slow.sent();
    long.sent();
    for (let second = 0; second < 30; second += 1) {
      const quick = ask(store, {}, {});
      quick.sent();
      wait(1_000);
      quick.answered();
      quick.ended();
      long.received();
    }
    expect(unanswered()).toBeUndefined();
  });

  it('gives a large body time to arrive', () => {
    const { ask, wait, unanswered } = rig();
    ask(store, { bodyBytes: 16 * 2 ** 20 }).sent();
    wait(7_500);
    expect(unanswered()).toBeUndefined();
    wait(600);
    expect(unanswered()).toBeDefined();
  });

  it('is silent for everybody who waits behind it, and both are named when both are', () => {
    const { ask, wait, unanswered } = rig();
    ask(target, {}, {}).sent();
    wait(1_000);
    // Still in the line of the request limiter.
    ask(target);
    ask(store).sent();
    wait(5_100);
    expect(unanswered()?.for).toMatchObject({
      ref: 'cluster eks-prod (10.0.0.7:6443)',
      condition: 'an answer (nothing has come back); no answer from Location store (s3.example.com) either',
    });
  });

  it('is forgotten when it was not asked for long', () => {
    const { ask, wait, unanswered } = rig();
    const before = ask(target);
    before.sent();
    before.failed(refused);
    before.ended();
    wait(100_000);
    ask(target).sent();
    expect(unanswered()).toBeUndefined();
  });
});

describe('a request that is refused again and again', () => {
  it('is named by what it is about, though the remote answers everybody else', () => {
    const { ask, wait, since, unanswered } = rig();
    const request = ask(target);
    request.sent();
    request.failed(webhook);
    wait(6_000);
    const other = ask(target, { subject: 'get Pod shop/a' });
    other.sent();
    other.answered();
    other.ended();
    const found = unanswered();
    expect(found?.for.condition).toBe(
      'an answer to create ConfigMap shop/a (last answer: failed calling webhook "policy.example.com")'
    );
    expect(since(found?.sinceMs ?? -1)).toBe(0);
    request.answered();
    request.ended();
    expect(unanswered()).toBeUndefined();
  });
});
