/** Runs the calls of vectors.mjs against a package, in any host: no Node, no DOM. Answers what went wrong. */
export async function judge(stateledger, calls) {
  const complaints = [];
  for (const call of calls) complaints.push(await complaint(stateledger, call));
  return complaints.filter((text) => text !== undefined);
}

async function complaint(stateledger, { where, call, args, expect, past, answer, index, single }) {
  const got = await outcome(stateledger, call, args.map(revived), single);
  const said = `${where} (${call}): expected ${expect ?? `to get past ${past}`}, got ${got.code}`;
  if (got.code.startsWith('!')) return said;
  if (past !== undefined) return STEPS.indexOf(got.step) > STEPS.indexOf(past) || got.code === 'ok' ? undefined : said;
  if (got.code !== expect) return said;
  if (index !== undefined && String(got.index) !== index) return `${where} (${call}): expected index ${index}, got ${got.index}`;
  if (answer === undefined) return undefined;
  const [wanted, found] = [sorted(answer), sorted(plain(got.answer))];
  return wanted === found ? undefined : `${where} (${call}): expected ${wanted}, got ${found}`;
}

/** In order; what is trusted comes first, and is no step. */
const STEPS = ['trust', 'receipt', 'proof', 'checkpoint', 'origin', 'signatures', 'quorum', 'inclusion', 'entry', 'authors', 'payload'];

/** A `single` call is about many and is given one: its only outcome stands for the call's. */
async function outcome(stateledger, call, args, single) {
  try {
    const answer = call in OF_CLIENT ? await OF_CLIENT[call](stateledger, ...args) : stateledger[call](...args);
    if (!single) return { code: 'ok', answer };
    if (answer[0].status === 'refused') throw answer[0].error;
    return { code: 'ok', answer: answer[0].verdict };
  } catch (error) {
    if (error instanceof stateledger.VerificationError) return { code: error.code, step: error.step ?? 'trust', index: error.index };
    return { code: `! ${error}` };
  }
}

/** Calls of a client, whose log is files by path. */
const OF_CLIENT = {
  audit: async (stateledger, log) => (await clientOf(stateledger, log).audit({ entries: 'opaque' })).verified,
  entries: async (stateledger, log, end) => BigInt((await clientOf(stateledger, log).entries({ start: 0n, end })).length),
};

function clientOf({ LedgerClient }, { key, files }) {
  const url = 'https://ledger.example/log/demo';
  const fetch = async (address) => new Response(files[new URL(address).pathname.slice('/log/demo/'.length)] ?? null);
  return new LedgerClient({ url, key, fetch, retries: 0 });
}

/** From the vectors' form to the package's. */
function revived(value) {
  if (Array.isArray(value)) return value.map(revived);
  if (typeof value !== 'object' || value === null) return value;
  if (typeof value.hex === 'string') return Uint8Array.from(value.hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  if (typeof value.u64 === 'string') return BigInt(value.u64);
  if (typeof value.seconds === 'number') return new Date(value.seconds * 1000);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, revived(member)]));
}

/** From an answer to the vectors' form: bytes as hex, numbers as decimal text, authors as base64 of their keys. */
function plain(value) {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array) return Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object') return value;
  const { record, ...rest } = value;
  const members = Object.fromEntries(Object.entries(rest).map(([name, member]) => [name, plain(member)]));
  if (record === undefined) return members;
  // A bundle's record has its payload's bytes, a receipt's verdict a word.
  if (typeof value.payload !== 'string') return { ...members, type: record.type, payload: value.payload === undefined ? 'absent' : 'verified' };
  const authors = record.authors.map(({ key }) => btoa(String.fromCharCode(...key)));
  return { ...members, authors, time: record.time, type: record.type };
}

function sorted(value) {
  return JSON.stringify(value, (_, member) =>
    typeof member === 'object' && member !== null && !Array.isArray(member) ? Object.fromEntries(Object.entries(member).sort()) : member,
  );
}
