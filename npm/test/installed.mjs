/** The tarball that npm would publish, installed where an application would install it. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Packs the package and installs it into a project of its own, outside the repository so that nothing resolves to the
 * workspace. Answers the project's folder, the installed package's, what `npm pack` said, and `remove`.
 */
export async function installTarball() {
  const project = await mkdtemp(join(tmpdir(), 'stateledger-package-'));
  const remove = () => rm(project, { recursive: true, force: true });
  try {
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', project], { cwd: dirname(import.meta.dirname) });
    const [packed] = JSON.parse(stdout);
    await writeFile(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
    await run('npm', ['install', '--offline', '--no-audit', '--no-fund', '--ignore-scripts', join(project, packed.filename)], { cwd: project });
    return { project, installed: join(project, 'node_modules/stateledger'), packed, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
