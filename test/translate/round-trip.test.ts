import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { diffOperations } from '../../src/core/json/diff.ts';
import { releaseDns } from '../../src/translate/rules/external-dns.ts';
import { applyPatch } from '../../src/core/json/patch.ts';
import { openDocument } from '../../src/core/json/document.ts';
import type { Direction } from '../../src/core/profile/cluster-profile.ts';
import type { TransformNote, TransformOutcome } from '../../src/core/transform/rule.ts';
import { transformObject } from '../../src/core/transform/transform-object.ts';
import { readHead } from '../../src/core/select/head.ts';
import { contextOf, manifestsOf, resourceOf, translationOf, type Manifest } from './setting.ts';

/**
 * Every manifest of VKS to a cloud and back: what came back otherwise, and what was said about it. Written anew by
 * LANDFALL_UPDATE_GOLDEN=1, as the other golden files.
 */
const update = process.env['LANDFALL_UPDATE_GOLDEN'] === '1';

interface Travelled {
  readonly texts: readonly string[];
  readonly notes: readonly TransformNote[];
  readonly excluded: readonly string[];
}

function travel(text: string, direction: Direction): Travelled {
  const { apiVersion, kind } = JSON.parse(text) as { readonly apiVersion: string; readonly kind: string };
  const resource = resourceOf(apiVersion, kind);
  const context = contextOf(wordsBack(direction));
  const outcome: TransformOutcome = transformObject({ head: readHead(text, resource), text, resource }, context);
  const own = outcome.excluded === undefined ? [outcome.text] : [];
  return {
    texts: [...own, ...outcome.additional.map((one) => one.text)],
    notes: outcome.notes,
    excluded: outcome.excluded === undefined ? [] : [outcome.excluded.reason],
  };
}

/** The tables of the way back are those of the way there, read the other way. */
function wordsBack(direction: Direction): ReturnType<typeof translationOf> {
  const translation = translationOf(direction);
  if (direction.to !== 'vks') return translation;
  const there = translationOf({ from: 'vks', to: direction.from }).tables;
  const addresses: Record<string, string> = Object.fromEntries(
    Object.entries(there.loadBalancers.addresses).flatMap(([from, to]) => (/^[0-9.]+$/.test(from) ? [[to, from]] : []))
  );
  const tables = { ...translation.tables, loadBalancers: { ...translation.tables.loadBalancers, addresses } };
  return { ...translation, tables };
}

/** Releases the hold on DNS, as the cutover between both ways does. */
function released(text: string): string {
  return applyPatch(text, releaseDns(openDocument(text)));
}

function roundTrip({ text }: Manifest, by: Direction['to']): Travelled {
  const there = travel(text, { from: 'vks', to: by });
  const back = there.texts.map((one) => travel(released(one), { from: by, to: 'vks' }));
  return {
    texts: back.flatMap(({ texts }) => texts).map(released),
    notes: [...there.notes, ...back.flatMap(({ notes }) => notes)],
    excluded: [...there.excluded, ...back.flatMap(({ excluded }) => excluded)],
  };
}

const identity = (text: string): string => {
  const { kind, metadata } = JSON.parse(text) as {
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace?: string };
  };
  return `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`;
};

/** What the original and the returned one differ in; undefined when it did not come back. */
function differences(original: string, texts: readonly string[]): readonly string[] | undefined {
  const returned = texts.find((one) => identity(one) === identity(original));
  if (returned === undefined) return undefined;
  // Built-in rules, such as those for fields the server sets, have their own tests.
  const resource = resourceOf(
    (JSON.parse(original) as { readonly apiVersion: string }).apiVersion,
    (JSON.parse(original) as { readonly kind: string }).kind
  );
  const { rules: _, translation: __, ...plain } = contextOf(translationOf({ from: 'vks', to: 'eks' }));
  const before = transformObject({ head: readHead(original, resource), text: original, resource }, plain).text;
  return diffOperations(JSON.parse(before), JSON.parse(returned)).map((one) =>
    one.op === 'remove' ? `- ${one.path}` : `${one.op === 'add' ? '+' : '~'} ${one.path} ${JSON.stringify(one.value)}`
  );
}

/** State of controllers that the target's write themselves, a label of a tool, or the default said in words: nobody misses it. */
const unmissed =
  /^[-~] \/metadata\/(?:finalizers|annotations|labels)|^- \/spec\/(?:template\/metadata|selector)|^[-~+] .*(?:storageClassName|storage\/class|volume\.beta\.kubernetes\.io~1storage-class|volumeClaimTemplates\/\d+\/metadata\/annotations)/;

describe.each(['eks', 'aks'] as const)('from VKS to %s and back', (by) => {
  const manifests = manifestsOf('vks');
  const trips = manifests.map((manifest) => ({ manifest, ...roundTrip(manifest, by) }));

  it('names what is lost', () => {
    const silent = trips.flatMap(({ manifest, texts, notes, excluded }) => {
      const found = differences(manifest.text, texts);
      if (found === undefined) return excluded.length === 0 ? [identity(manifest.text)] : [];
      const missed = found.filter((line) => !unmissed.test(line));
      return missed.length > 0 && notes.length === 0 ? [`${identity(manifest.text)}: ${missed.join(', ')}`] : [];
    });
    expect(silent).toEqual([]);
  });

  it('is as reviewed', () => {
    const lines = trips.flatMap(({ manifest, texts, notes, excluded }) => {
      const found = differences(manifest.text, texts);
      const others = texts
        .filter((one) => identity(one) !== identity(manifest.text))
        .map((one) => `  beside it: ${identity(one)}`);
      const state = found === undefined ? '  not back' : found.length === 0 ? '  as it was' : undefined;
      return [
        identity(manifest.text),
        ...(state === undefined ? [] : [state]),
        ...(found ?? []).map((line) => `  ${line}`),
        ...others,
        ...excluded.map((reason) => `  . ${reason}`),
        ...[
          ...new Set(notes.filter(({ code }) => code !== 'TRANSLATION_MANUAL').map(({ message }) => `  ! ${message}`)),
        ],
        '',
      ];
    });
    const file = new URL(`golden/round-vks-${by}-vks.txt`, import.meta.url);
    const actual = `${lines.join('\n').trimEnd()}\n`;
    if (update) writeFileSync(file, actual);
    expect(actual).toBe(readFileSync(file, 'utf8'));
  });
});
