import type { ChangedRecipients } from './change.ts';
import type { CheckedKey } from './check.ts';
import { table } from '../table.ts';

/** What `landfall keys create` has made. */
export function createdLines({
  file,
  recipient,
}: {
  readonly file: string;
  readonly recipient: string;
}): readonly string[] {
  return [
    `identity:  ${file} (readable by you alone)`,
    `recipient: ${recipient}`,
    '',
    'Whoever has the identity can read everything that is encrypted for its recipient. Nobody can restore it for you:',
    'keep a copy of the file where the machine and its clusters cannot take it with them.',
    '',
    'In the Location, with the recipient of a second identity that is kept elsewhere:',
    '',
    '  encryption:',
    '    recipients:',
    `      - ${recipient}`,
    '      - age1… # of the second one',
    `    identity: { file: ${file} }`,
  ];
}

/** Who can open a Location, and whom this machine believes. */
export interface ListedKeys {
  readonly location: string;
  readonly keyId: string;
  readonly signer: string;
  readonly createdAt: string;
  readonly recipients: readonly string[];
  /** In the document. */
  readonly written: readonly string[];
  /** False: the list is missing, or somebody else has put it there. */
  readonly isListTrue: boolean;
  readonly trusted?: string;
  readonly by?: 'document' | 'identity' | 'vouched';
  readonly untrusted?: string;
}

const reasons = {
  document: 'encryption.signer of the Location names it',
  identity: 'the identity file names it',
  vouched: 'the identity of the Location has made this key',
};

export function listedLines(keys: ListedKeys): readonly string[] {
  const all = [...new Set([...keys.recipients, ...keys.written])];
  const rows = all.map((one) => [
    one,
    keys.recipients.includes(one) ? 'yes' : 'no',
    keys.written.includes(one) ? 'yes' : 'no',
  ]);
  return [
    `key:     ${keys.keyId}, made ${keys.createdAt}`,
    `signer:  ${keys.signer}`,
    `trusted: ${trustText(keys)}`,
    '',
    ...(keys.isListTrue
      ? table(['RECIPIENT', 'CAN OPEN IT', 'IN THE FILE'], rows).split('\n')
      : ['The list of recipients is missing, or not signed by the signer: it is not known who can open the Location.']),
  ];
}

function trustText({ trusted, by, signer, untrusted }: ListedKeys): string {
  if (trusted === undefined || by === undefined) return `not known: ${untrusted ?? ''}`;
  return trusted === signer ? `yes: ${reasons[by]}` : `NO: encryption.signer of the Location is ${trusted}`;
}

export function exportedLines({
  file,
  hasIdentity,
}: {
  readonly file: string;
  readonly hasIdentity: boolean;
}): readonly string[] {
  if (!hasIdentity)
    return [`wrote ${file}: where the Location is and who signs in it. Its holder adds the lines to an identity file.`];
  return [
    `wrote ${file}: an identity, whose signatures count, and where the Location is.`,
    'With this file and read access to the store everything in it can be restored. Keep it as you keep a password: offline,',
    `away from the clusters and from the store. Try it once a quarter: landfall keys check -f FILE --identity ${file}`,
  ];
}

export function checkedLines({ location, keyId, recipients, point }: CheckedKey): readonly string[] {
  const opens = `Location ${location} opens: key ${keyId}, as ${recipients.join(', ')}`;
  if (point === undefined) return [opens, 'It holds no recovery point yet, so nothing could be restored.'];
  const { id, createdAt, objects, volumes, read } = point;
  const counts = `${objects} objects, ${volumes === 1 ? '1 volume' : `${volumes} volumes`}`;
  return [
    opens,
    `newest recovery point: ${id} of ${createdAt}, ${counts}; its signature is that of the signer`,
    read === undefined ? 'It holds no object to read.' : `read and compared with its hash: ${read}`,
    'Everything else of the point is read by: landfall points verify',
  ];
}

export function changedLines({ recipients, isChanged, removed, isOldGone }: ChangedRecipients): readonly string[] {
  return [
    isChanged
      ? 'These recipients can open the Location now:'
      : 'Nothing had to be changed. These recipients can open the Location:',
    ...recipients.map((one) => `  ${one}`),
    'Write the same ones under encryption.recipients of the Location.',
    ...(removed.length === 0 ? [] : [leftLine(isOldGone)]),
  ];
}

function leftLine(isOldGone: boolean): string {
  if (isOldGone) return 'Whoever was removed may have kept the key: if an identity was stolen, use a new prefix.';
  return 'The store did not let the earlier files of the key be deleted: whoever was removed can still open the Location with them.';
}
