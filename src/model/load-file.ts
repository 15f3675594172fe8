import { loadDocuments, type LoadedFile } from '../config/load.ts';
import { readText } from '../config/read-text.ts';
import { kinds } from './kinds.ts';

type LoadedConfiguration = LoadedFile<(typeof kinds)[number]>;

/**
 * Reads, validates and resolves a configuration file. Throws CONFIG_UNREADABLE, or CONFIG_INVALID with all problems of
 * the file (`loadDocuments`).
 */
export async function loadFile(path: string): Promise<LoadedConfiguration> {
  return loadText(await readText(path), path);
}

/** `loadFile` of a text already read; `file` gives messages their place and relative paths their folder. */
export function loadText(text: string, file: string): Promise<LoadedConfiguration> {
  return loadDocuments(text, file, kinds);
}
