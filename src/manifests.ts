import {readdir, readFile, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {parseAllDocuments} from 'yaml';
import {InputError} from './errors.ts';
import {dig} from './json.ts';

export interface Manifest {
  /** File and line, for messages. */
  readonly origin: string;
  readonly object: unknown;
}

const EXTENSIONS = ['.yaml', '.yml', '.json'];

/**
 * Reads every object of a file, of the YAML and JSON files below a folder (in the order of their names), or of `-`.
 * Lists are taken apart, empty documents passed over.
 *
 * @throws {InputError} naming the file and the line
 */
export async function readManifests(path: string, stdin: AsyncIterable<string | Uint8Array>): Promise<Manifest[]> {
  if (path === '-') return parseManifests(await text(stdin), '(stdin)');
  const files = await listFiles(path);
  const manifests: Manifest[] = [];
  for (const file of files) manifests.push(...parseManifests(await attempt(file, readFile(file, 'utf8')), file));
  return manifests;
}

/** @throws {InputError} naming `source` and the line */
export function parseManifests(content: string, source: string): Manifest[] {
  const documents = parseAllDocuments(content, {prettyErrors: true});
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    const [error] = document.errors;
    const line = lineOf(content, error?.pos[0] ?? document.contents?.range[0] ?? 0);
    const origin = `${source}:${line}`;
    if (error) throw new InputError(`${origin}: ${error.message.split(/ at line |\n/, 1)[0]}`);
    try {
      return items(document.toJS()).map((object) => ({origin, object}));
    } catch (cause) {
      throw new InputError(`${origin}: ${(cause as Error).message}`, {cause});
    }
  });
}

function items(object: unknown): unknown[] {
  if (object === null || object === undefined) return [];
  const list = dig(object, 'items');
  return Array.isArray(list) ? list.flatMap(items) : [object];
}

function lineOf(content: string, offset: number): number {
  return content.slice(0, offset).split('\n').length;
}

async function listFiles(path: string): Promise<string[]> {
  const found = await attempt(path, stat(path));
  if (!found.isDirectory()) return [path];
  const entries = await attempt(path, readdir(path, {recursive: true, withFileTypes: true}));
  return entries
    .filter((entry) => !entry.isDirectory() && EXTENSIONS.some((extension) => entry.name.endsWith(extension)))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function attempt<T>(path: string, reading: Promise<T>): Promise<T> {
  return reading.catch((cause: NodeJS.ErrnoException) => {
    throw new InputError(`${path}: cannot be read (${cause.code})`, {cause});
  });
}

async function text(stream: AsyncIterable<string | Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}
