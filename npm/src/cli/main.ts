/** The command `stateledger`: 0 = verified, 1 = refused, 2 = could not run. */
import { init } from '../node.js';
import { Obstacle, read, version, type Given } from './arguments.js';
import { HELP } from './help.js';
import { bundleCommand, verifyReceiptCommand } from './offline.js';
import { auditCommand, exportCommand } from './online.js';
import { failed, verified, type Finding } from './report.js';

/** One command: which options it has beside the common ones, how many files it reads, and what it does. */
interface Command {
  names: Parameters<typeof read>[1];
  files: number;
  run: (given: Given, about: Record<string, unknown>) => Promise<Finding>;
}

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;

const COMMANDS: Record<string, Command> = {
  'verify-receipt': { names: { payload: text, 'max-age': text }, files: 1, run: verifyReceiptCommand },
  bundle: { names: { exporter: { type: 'string', multiple: true }, 'max-age': text }, files: 1, run: bundleCommand },
  'export-bundle': { names: { url: text, out: text, from: text, to: text, 'no-payloads': flag, store: text }, files: 0, run: exportCommand },
  audit: { names: { url: text, opaque: flag, workers: text, store: text, resume: text }, files: 0, run: auditCommand },
};

/** Runs one command; answers its exit code. */
export async function main(args: string[]): Promise<number> {
  const [name = '', ...rest] = args;
  if (name === '--version') return print(await version());
  if (name === '--help' || name === '-h' || name === 'help') return print(HELP['']);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    console.error(`${name === '' ? 'no command' : `unknown command '${name}'`}\n\n${HELP['']}`);
    return 2;
  }
  return execute(name, command, rest);
}

async function execute(name: string, { names, files, run }: Command, args: string[]): Promise<number> {
  const about: Record<string, unknown> = {};
  // A program that asked for JSON gets it for wrong arguments, too.
  const json = args.includes('--json');
  try {
    const given = read(args, names, files);
    if (given.values.help === true) return print(HELP[name]);
    await init();
    return verified(await run(given, about), json);
  } catch (error) {
    const code = failed(error, json, about);
    if (error instanceof Obstacle && !json) console.error(`see: stateledger ${name} --help`);
    return code;
  }
}

function print(lines: string | undefined): number {
  console.log(lines?.trimEnd());
  return 0;
}
