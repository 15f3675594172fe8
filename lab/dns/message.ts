/** The little of the DNS wire format (RFC 1035) that a cluster's name server needs. */

export const recordTypes = { A: 1, CNAME: 5, SOA: 6, PTR: 12, SRV: 33 } as const;

const responseCodes = { NOERROR: 0, FORMERR: 1, NXDOMAIN: 3, NOTIMP: 4 } as const;
export type ResponseCode = keyof typeof responseCodes;

export interface Question {
  readonly id: number;
  readonly recursionDesired: boolean;
  readonly opcode: number;
  /** Lower case, without the final dot. */
  readonly name: string;
  readonly type: number;
  /** The question as it came, to be repeated in the answer. */
  readonly raw: Buffer;
}

export type ResourceRecord =
  | { readonly name: string; readonly type: 'A'; readonly address: string }
  | { readonly name: string; readonly type: 'CNAME' | 'PTR'; readonly target: string }
  | { readonly name: string; readonly type: 'SRV'; readonly port: number; readonly target: string };

export interface Answer {
  readonly code: ResponseCode;
  readonly records: readonly ResourceRecord[];
}

const headerBytes = 12;
const classInternet = 1;
const ttlSeconds = 5;

/** Reads the first question of a query; fails on anything that is not one. */
export function parseQuestion(message: Buffer): Question {
  if (message.length < headerBytes || message.readUInt16BE(4) !== 1) throw new Error('not a query with one question');
  const flags = message.readUInt16BE(2);
  const labels: string[] = [];
  let offset = headerBytes;
  for (let length = message.readUInt8(offset); length > 0; length = message.readUInt8(offset)) {
    if (length > 63) throw new Error('a question must not be compressed');
    labels.push(message.toString('latin1', offset + 1, offset + 1 + length));
    offset += 1 + length;
  }
  const end = offset + 5;
  return {
    id: message.readUInt16BE(0),
    recursionDesired: (flags & 0x0100) !== 0,
    opcode: (flags >> 11) & 0xf,
    name: labels.join('.').toLowerCase(),
    type: message.readUInt16BE(offset + 1),
    raw: message.subarray(headerBytes, end),
  };
}

/** Writes the answer to a question; cuts it and says so when it is longer than the transport takes. */
export function writeAnswer(question: Question, answer: Answer, bytesMax: number): Buffer {
  const records = answer.records.map((record) => encodeRecord(record));
  // An empty answer names the zone, so that resolvers know it is final.
  const authority = answer.records.length === 0 ? [encodeAuthority()] : [];
  const full = Buffer.concat([
    header(question, answer.code, { answers: records.length, authorities: authority.length }),
    question.raw,
    ...records,
    ...authority,
  ]);
  if (full.length <= bytesMax) return full;
  return Buffer.concat([header(question, answer.code, { answers: 0, authorities: 0, truncated: true }), question.raw]);
}

function header(
  question: Question,
  code: ResponseCode,
  counts: { answers: number; authorities: number; truncated?: boolean }
): Buffer {
  const buffer = Buffer.alloc(headerBytes);
  const [response, authoritative, recursionAvailable] = [0x8000, 0x0400, 0x0080];
  const asked = (question.opcode << 11) | (question.recursionDesired ? 0x0100 : 0);
  const truncated = counts.truncated === true ? 0x0200 : 0;
  buffer.writeUInt16BE(question.id, 0);
  buffer.writeUInt16BE(response | authoritative | recursionAvailable | asked | truncated | responseCodes[code], 2);
  buffer.writeUInt16BE(1, 4);
  buffer.writeUInt16BE(counts.answers, 6);
  buffer.writeUInt16BE(counts.authorities, 8);
  return buffer;
}

function encodeRecord(record: ResourceRecord): Buffer {
  return frame(record.name, recordTypes[record.type], encodeData(record));
}

function encodeData(record: ResourceRecord): Buffer {
  switch (record.type) {
    case 'A':
      return Buffer.from(record.address.split('.').map(Number));
    case 'CNAME':
    case 'PTR':
      return encodeName(record.target);
    case 'SRV': {
      const [priority, weight] = [0, 100];
      return Buffer.concat([shorts(priority, weight, record.port), encodeName(record.target)]);
    }
  }
}

function encodeAuthority(): Buffer {
  const timers = Buffer.alloc(20);
  [1, 7200, 1800, 86_400, ttlSeconds].forEach((value, index) => timers.writeUInt32BE(value, index * 4));
  const data = Buffer.concat([encodeName('ns.dns.cluster.local'), encodeName('hostmaster.cluster.local'), timers]);
  return frame('cluster.local', recordTypes.SOA, data);
}

function frame(name: string, type: number, data: Buffer): Buffer {
  const ttl = Buffer.alloc(4);
  ttl.writeUInt32BE(ttlSeconds);
  return Buffer.concat([encodeName(name), shorts(type, classInternet), ttl, shorts(data.length), data]);
}

function encodeName(name: string): Buffer {
  const labels = name.split('.').filter(Boolean);
  return Buffer.concat([
    ...labels.map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label, 'latin1')])),
    Buffer.of(0),
  ]);
}

function shorts(...values: number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 2);
  values.forEach((value, index) => buffer.writeUInt16BE(value, index * 2));
  return buffer;
}
