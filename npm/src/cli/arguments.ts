/** Arguments and files of a command. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import type { Trust } from '../types.js';

/** Why a command could not run: the last line that it prints, and exit code 2. */
export class Obstacle extends Error {}

/** What every command takes. */
const COMMON = {
  help: { type: 'boolean', short: 'h' },
  json: { type: 'boolean' },
  key: { type: 'string', multiple: true },
  'key-file': { type: 'string' },
  policy: { type: 'string' },
} as const;

type Names = Record<string, { type: 'string' | 'boolean'; multiple?: true }>;

/** A command's arguments, read. */
export interface Given {
  values: Record<string, string | boolean | (string | boolean)[] | undefined>;
  positionals: string[];
}

/** Reads arguments; what is unknown is an obstacle. */
export function read(args: string[], names: Names, most: number): Given {
  try {
    const { values, positionals } = parseArgs({ args, options: { ...COMMON, ...names }, allowPositionals: true });
    if (positionals.length > most) throw new Error(`unexpected argument '${positionals[most]}'`);
    return { values, positionals };
  } catch (error) {
    throw new Obstacle(error instanceof Error ? error.message : String(error));
  }
}

/** One value of an option. */
export function one({ values }: Given, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/** Every value of an option that may come again. */
export function many({ values }: Given, name: string): string[] {
  const value = values[name];
  return Array.isArray(value) ? value.map(String) : [];
}

/** A value that has to be there. */
export function needed(given: Given, name: string): string {
  const value = one(given, name);
  if (value === undefined) throw new Obstacle(`--${name} is missing`);
  return value;
}

/** A whole number. */
export function count(given: Given, name: string): number | undefined {
  const value = one(given, name);
  if (value === undefined) return undefined;
  if (!/^[0-9]{1,15}$/.test(value)) throw new Obstacle(`--${name} is no whole number`);
  return Number(value);
}

/** Whom to believe: keys or a policy, from the command line alone. */
export async function trust(given: Given): Promise<{ key: string[] } | { policy: string }> {
  const policy = one(given, 'policy');
  const file = one(given, 'key-file');
  const listed = file === undefined ? [] : (await fileText(file)).split('\n').filter((line) => line.trim() !== '');
  const keys = [...many(given, 'key'), ...listed].map((key) => key.trim());
  if ((policy === undefined) === (keys.length === 0)) throw new Obstacle('give --key, --key-file or --policy');
  return policy === undefined ? { key: keys } : { policy: await fileText(policy) };
}

/** The same, with a maximal age where one is asked for. */
export async function datedTrust(given: Given): Promise<Trust> {
  const maxAgeSeconds = count(given, 'max-age');
  return { ...(await trust(given)), ...(maxAgeSeconds !== undefined && { maxAgeSeconds }) };
}

/** A configuration file's text. */
export async function fileText(path: string): Promise<string> {
  return new TextDecoder().decode(await input(path, 1 << 20));
}

/** A file's bytes, or those of standard input; at most `most`. */
export async function input(path: string | undefined, most: number): Promise<Uint8Array> {
  const stream = path === undefined || path === '-' ? process.stdin : createReadStream(path);
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const part of stream as AsyncIterable<Uint8Array>) {
      size += part.length;
      if (size > most) throw new Obstacle(`${path ?? 'standard input'} has more than ${most} bytes`);
      parts.push(part);
    }
  } catch (error) {
    throw error instanceof Obstacle ? error : new Obstacle(`reading ${path ?? 'standard input'}: ${error instanceof Error ? error.message : error}`);
  }
  return new Uint8Array(Buffer.concat(parts));
}

/** The package's own version. */
export async function version(): Promise<string> {
  const manifest = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  return manifest.version;
}
