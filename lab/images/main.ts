import { buildImage, imageNames, isImageName } from './build.ts';

const usage = `usage: main.ts build all | NAME...   (names: ${imageNames.join(', ')})`;

async function main(): Promise<number> {
  const [command, ...names] = process.argv.slice(2);
  const wanted = names.includes('all') ? [...imageNames] : names.filter(isImageName);
  if (command !== 'build' || wanted.length === 0 || wanted.length < names.length) {
    process.stderr.write(`${usage}\n`);
    return 2;
  }
  for (const name of wanted) {
    const started = performance.now();
    const { tar, reference } = await buildImage(name, { onProgress: (line) => process.stdout.write(`  ${line}\n`) });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    process.stdout.write(`${reference}  ${tar}  ${seconds} s\n`);
  }
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`images: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
