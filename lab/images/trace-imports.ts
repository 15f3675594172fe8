import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What a program consists of: its own files and the packages it imports by name. */
export interface ImportClosure {
  readonly files: readonly string[];
  readonly packages: readonly string[];
}

/** Imports that remain at run time; `import type` is erased. Clauses hold only names, so a match cannot run into other code. */
const IMPORTS = [
  /^\s*(?:import|export)\s+(?!type\b)[\w$*{},\s]*?from\s*['"]([^'"]+)['"]/gm,
  /^\s*import\s*['"]([^'"]+)['"]/gm,
  /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g,
];

/** Follows imports from an entry file. Fails naming the importing file when a relative import leads nowhere. */
export function traceImports(entries: readonly string[]): ImportClosure {
  const files = new Set<string>();
  const packages = new Set<string>();
  const open = [...entries];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    for (const specifier of importsOf(file)) {
      if (specifier.startsWith('node:')) continue;
      if (!specifier.startsWith('.')) {
        packages.add(packageName(specifier));
        continue;
      }
      const imported = join(dirname(file), specifier);
      if (!existsSync(imported)) throw new Error(`${file} imports ${specifier}, which does not exist`);
      open.push(imported);
    }
  }
  return { files: [...files].sort(), packages: [...packages].sort() };
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  return IMPORTS.flatMap((pattern) => [...text.matchAll(pattern)].map(([, specifier]) => specifier ?? ''));
}

function packageName(specifier: string): string {
  const [first = '', second = ''] = specifier.split('/');
  return first.startsWith('@') ? `${first}/${second}` : first;
}
