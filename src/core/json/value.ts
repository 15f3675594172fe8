import { LandfallError } from '../errors.ts';
import { limits } from '../limits.ts';
import { isExactDouble, normaliseNumber } from './number.ts';

/** Marks a number by its text, where neither a double nor a bigint holds its exact value: `{ [rawNumber]: '1e400' }`. */
export const rawNumber: unique symbol = Symbol('rawNumber');

export interface RawNumber {
  readonly [rawNumber]: string;
}

/** A decoded JSON value. Numbers a double cannot hold exactly are bigint (integers) or RawNumber. */
export type JsonValue =
  null | boolean | number | bigint | string | RawNumber | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** True for a decoded JSON object: neither null, nor an array, nor a number held by its text. */
export function isJsonObject(value: unknown): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawNumber(value);
}

export function isRawNumber(value: unknown): value is RawNumber {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, rawNumber);
}

/** A decoded scalar as text; `otherwise` for objects, lists, null and what is not there. */
export function asText(value: unknown, otherwise = ''): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
    ? String(value)
    : otherwise;
}

/** The number a JSON number text means: a double when exact, else a bigint, else the text itself. */
export function decodeNumber(text: string): number | bigint | RawNumber {
  if (isExactDouble(text)) return Number(text);
  if (/^-?[0-9]+$/.test(text)) return BigInt(text);
  return { [rawNumber]: text };
}

/**
 * Writes a value as JSON text. Values come from users' files and rules, so nothing of them is run: no toJSON, no
 * getters of prototypes. Throws TRANSFORM_FAILED for what JSON cannot say (undefined, NaN, functions, cycles).
 */
export function encodeValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return encodeAt(value, 0);
}

function encodeAt(value: unknown, depth: number): string {
  if (depth > limits.jsonDepth) throw unencodable('it is nested too deep, or contains itself');
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw unencodable(`it contains ${value}`);
    return Object.is(value, -0) ? '0' : String(value);
  }
  if (typeof value !== 'object') throw unencodable(`it contains a value of type ${typeof value}`);
  if (Array.isArray(value)) return `[${value.map((item) => encodeAt(item, depth + 1)).join(',')}]`;
  if (isRawNumber(value)) return encodeRaw(value[rawNumber]);
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}:${encodeAt(member, depth + 1)}`);
  return `{${members.join(',')}}`;
}

function encodeRaw(text: unknown): string {
  if (typeof text !== 'string' || normaliseNumber(text) === undefined)
    throw unencodable('a raw number is not a number');
  return text;
}

function unencodable(why: string): LandfallError {
  return new LandfallError('TRANSFORM_FAILED', { what: 'a value of a patch cannot be written as JSON', why });
}
