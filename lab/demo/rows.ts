import type { Kubectl } from './kubectl.ts';

/** About 300 MB with its index. */
export const ROWS_DEFAULT = 1_000_000;

const ROWS_PER_BATCH = 100_000;

/** What the demo's database holds; the checksum covers every column of every row and depends on no order. */
export interface Rows {
  readonly count: number;
  readonly checksum: string;
  readonly sizeBytes: number;
}

/**
 * Fills the table `orders` up to the wanted number of rows, in batches, each made by the server from its number alone. Idempotent:
 * rows that are there are left, so an interrupted load goes on and a second one does nothing.
 */
export async function loadRows(
  kubectl: Kubectl,
  rows: number,
  onProgress: (loaded: number) => void = () => undefined
): Promise<void> {
  await query(
    kubectl,
    'CREATE TABLE IF NOT EXISTS orders (id bigint PRIMARY KEY, placed timestamptz NOT NULL, customer text, amount numeric(12,2), payload text)'
  );
  for (let loaded = await countRows(kubectl); loaded < rows;) {
    const last = Math.min(loaded + ROWS_PER_BATCH, rows);
    await query(
      kubectl,
      `SET synchronous_commit = off;
       INSERT INTO orders
       SELECT n, timestamptz '2020-01-01 00:00:00Z' + n * interval '1 second', 'customer ' || n % 5000, n % 100000 / 100.0,
              (SELECT string_agg(md5(n || '-' || part), '') FROM generate_series(1, 7) AS part)
       FROM generate_series(${String(loaded + 1)}, ${String(last)}) AS n`
    );
    loaded = last;
    onProgress(loaded);
  }
}

/** Counts the rows of the table `orders`. */
async function countRows(kubectl: Kubectl): Promise<number> {
  return Number(await query(kubectl, 'SELECT count(*) FROM orders'));
}

/** Counts the rows, adds up a hash of each and asks for the size of the database. */
export async function inspectRows(kubectl: Kubectl): Promise<Rows> {
  const answer = await query(
    kubectl,
    'SELECT count(*), coalesce(sum(hash_record_extended(o, 0)::numeric), 0), pg_database_size(current_database()) FROM orders AS o'
  );
  const [count, checksum = '', sizeBytes] = answer.split('|');
  return { count: Number(count), checksum, sizeBytes: Number(sizeBytes) };
}

async function query(kubectl: Kubectl, sql: string): Promise<string> {
  const psql = [
    'psql',
    '--username=shop',
    '--dbname=shop',
    '--no-psqlrc',
    '--quiet',
    '--tuples-only',
    '--no-align',
    '--set=ON_ERROR_STOP=1',
  ];
  const answer = await kubectl(
    ['--namespace=shop', 'exec', '--stdin', 'postgres-0', '--container=postgres', '--', ...psql],
    sql
  );
  return answer.trim();
}
