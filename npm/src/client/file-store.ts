import { StartError } from '../errors.js';
import { toHex } from './answer.js';
import { leafHash } from './tiles.js';
import type { HeadStore } from './store.js';

/** Node's own modules, without an import that a bundler for browsers would trip over. */
function builtin<T>(name: string): T {
  const get = (globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } }).process?.getBuiltinModule;
  const found = get?.(`node:${name}`);
  if (found === undefined) throw new StartError('files-unsupported', `fileStore needs node:${name}, which this platform does not have (Node gives it to us since 20.16)`);
  return found as T;
}

/**
 * A store in a folder, shared by every process that uses it. A slot's value is a file with a number; writing the next
 * number with `link` fails if another process was first, and never leaves half a file.
 */
export function fileStore(folder: string): HeadStore {
  if (typeof folder !== 'string' || folder === '') throw new TypeError('folder must be a path');
  const fs = builtin<typeof import('node:fs/promises')>('fs/promises');
  const { join } = builtin<typeof import('node:path')>('path');
  /** Which number each value that was read had. */
  const numbers = new Map<string, { number: number; value: string | undefined }>();

  async function newest(slot: string): Promise<number> {
    const name = nameOf(slot);
    const numbered = (await fs.readdir(folder)).map((file) => new RegExp(`^${name}\\.([0-9]{1,15})$`).exec(file)?.[1]);
    return numbered.reduce((most, digits) => Math.max(most, Number(digits ?? 0)), 0);
  }

  async function read(slot: string): Promise<{ number: number; value: string | undefined }> {
    await fs.mkdir(folder, { recursive: true });
    for (;;) {
      const number = await newest(slot);
      if (number === 0) return { number, value: undefined };
      try {
        return { number, value: await fs.readFile(join(folder, `${nameOf(slot)}.${number}`), 'utf8') };
      } catch (error) {
        // A newer one came meanwhile, and took this one away.
        if (!isCode(error, 'ENOENT')) throw error;
      }
    }
  }

  return {
    async read(slot) {
      const found = await read(slot);
      numbers.set(slot, found);
      return found.value;
    },
    async swap(slot, before, after) {
      const seen = numbers.get(slot);
      const { number, value } = seen !== undefined && seen.value === before ? seen : await read(slot);
      if (value !== before) return false;
      const place = (n: number) => join(folder, `${nameOf(slot)}.${n}`);
      const made = join(folder, `.${nameOf(slot)}.${globalThis.crypto.randomUUID()}`);
      await fs.writeFile(made, after, { flag: 'wx', mode: 0o600, flush: true });
      try {
        await fs.link(made, place(number + 1));
      } catch (error) {
        if (isCode(error, 'EEXIST')) return false;
        throw error;
      } finally {
        await fs.unlink(made);
      }
      // Another process may have gone further and taken our number away before we wrote it.
      if ((await newest(slot)) > number + 1) {
        await fs.rm(place(number + 1), { force: true });
        return false;
      }
      numbers.set(slot, { number: number + 1, value: after });
      if (number > 0) await fs.rm(place(number), { force: true });
      return true;
    },
  };
}

/** A file's name: keys hold characters that paths do not. */
function nameOf(slot: string): string {
  return toHex(leafHash(new TextEncoder().encode(slot)));
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === code;
}
