import { readText } from '../../src/config/read-text.ts';
import { parseYaml } from '../../src/config/yaml.ts';
import { LandfallError } from '../../src/core/errors.ts';
import { filePolicy } from './file-policy.ts';
import type { Policy } from './policy.ts';
import { WorkerPolicy } from './schema.ts';

/** Reads the policy of a worker. Throws CONFIG_UNREADABLE, and CONFIG_INVALID with every problem of the file. */
export async function readPolicy(file: string): Promise<Policy> {
  const { documents, problems } = parseYaml(await readText(file), file);
  const invalid = (why: string): LandfallError =>
    new LandfallError('CONFIG_INVALID', {
      what: `${file} is not a policy of a worker`,
      why,
      fix: 'correct it: docs/reference/worker-policy.md has every key',
      ref: file,
    });
  const [first] = problems;
  if (first !== undefined) throw invalid(first.what);
  const [document] = documents;
  if (document === undefined || documents.length > 1) {
    throw invalid(`it has ${documents.length} documents instead of one of kind WorkerPolicy`);
  }
  const parsed = WorkerPolicy.safeParse(document.value);
  if (parsed.success) return filePolicy(file, parsed.data);
  throw invalid(parsed.error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`).join('; '));
}
