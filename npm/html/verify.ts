/** The page that verifies a dropped file. It sets text and never markup, and its policy lets it reach nobody. */
import { init, parsePolicy, verifyBundle, verifyReceipt, VerificationError, type BundleVerdict, type Trust, type Verdict } from '../src/inline.js';

const MAX_FILE_BYTES = 1 << 28;
/** What begins an audit bundle (FORMAT.md). */
const BUNDLE_HEADER = 'stateledger/audit-bundle/v1\n';
/** Records that a table shows: all are verified, but a page of a million rows helps nobody. */
const MAX_ROWS = 500;
const MAX_PAYLOAD_CHARACTERS = 100_000;

/** What a verdict's `notChecked` means to a reader. */
const NOT_CHECKED: Record<string, string> = {
  witness: 'No witnesses were asked whether they saw the same tree head: give a policy that names some.',
  author: 'No author keys were expected, so nobody in particular had to sign.',
  payload: 'A payload is not in the file, so only its commitment is proven.',
  freshness: 'A checkpoint carries no time: this tree head may be an old one.',
  'append-only': 'One file can’t show that later tree heads extend this one.',
  completeness: 'The bundle does not hold every record of the ledger.',
  exporter: 'No exporter was expected, so nobody in particular had to sign the bundle.',
};

const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const key = element<HTMLTextAreaElement>('key');
const result = element('result');

/** What was given last. */
let file: File | undefined;
let payload: File | undefined;
/** Only the newest run may show its result. */
let run = 0;

type Part = Node | string;

function make(tag: string, attributes: Record<string, string> = {}, ...children: Part[]): HTMLElement {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** One key a line, or a policy, which has a line that begins with `log`. */
function trust(): Trust | undefined {
  const lines = key.value.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  if (lines.length === 0) return undefined;
  return lines.some((line) => /^(log|witness|group|quorum)\s/.test(line)) ? { policy: `${lines.join('\n')}\n` } : { key: lines };
}

/** What the key field holds, said as soon as it is known: a key is read before any file. */
function describeTrust(): void {
  const state = element('key-state');
  const given = trust();
  state.textContent = '';
  if (given === undefined) return;
  try {
    if (given.policy !== undefined) parsePolicy(given.policy);
    else verifyReceipt('', given);
    state.textContent = 'Witness policy.';
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error;
    const readable = error.step !== undefined;
    state.textContent = readable ? `Key of ${(given.key as string[]).map((one) => one.split('+', 1)[0]).join(', ')}.` : `Not usable: ${error.message} (${error.code})`;
  }
}

async function check(): Promise<void> {
  const mine = ++run;
  describeTrust();
  const given = trust();
  element('file-state').textContent = file === undefined ? '' : `${file.name}, ${file.size.toLocaleString()} bytes`;
  if (given === undefined || file === undefined) return show(make('p', { class: 'soft' }, file === undefined ? 'Give a file.' : 'Give a key.'));
  const shown = await verdictOf(file, given).catch((error: unknown) => refusal(error));
  if (mine === run) show(...shown);
}

async function verdictOf(given: File, by: Trust): Promise<Part[]> {
  if (given.size > MAX_FILE_BYTES) throw new Error('the file has more than 256 MiB');
  const bytes = new Uint8Array(await given.arrayBuffer());
  const own = payload === undefined ? undefined : new Uint8Array(await payload.arrayBuffer());
  const began = performance.now();
  const took = () => `Checked in this page in ${(performance.now() - began).toFixed(1)} ms.`;
  const isBundle = new TextDecoder().decode(bytes.subarray(0, BUNDLE_HEADER.length)) === BUNDLE_HEADER;
  if (isBundle) {
    const verdict = verifyBundle(bytes, by);
    return [banner(true, `Verified: ${verdict.records.length} of ${verdict.size} records are in the signed ledger`, took()), ...bundleFacts(verdict)];
  }
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  const verdict = verifyReceipt(text, by, own);
  return [banner(true, `Verified: record ${verdict.index} is in the signed ledger`, took()), ...receiptFacts(verdict, own ?? payloadOf(text))];
}

function banner(good: boolean, title: string, detail: Part): HTMLElement {
  const mark = make('span', { class: 'mark', 'aria-hidden': 'true' }, good ? '✓' : '✗');
  return make('div', { class: `banner ${good ? 'verified' : 'refused'}` }, mark, make('div', {}, make('p', {}, make('strong', {}, title)), make('p', {}, detail)));
}

function refusal(error: unknown): Part[] {
  if (error instanceof VerificationError) {
    const at = error.index === undefined ? '' : ` (record ${error.index})`;
    const detail = make('span', {}, `${error.message}${at}. `, make('code', { id: 'code' }, error.code));
    return [banner(false, 'Refused: do not believe it', detail)];
  }
  return [banner(false, 'Not checked', error instanceof TypeError ? 'the file is no text and no audit bundle' : String((error as Error).message ?? error))];
}

function receiptFacts(verdict: Verdict, own: Uint8Array | undefined): Part[] {
  const { record } = verdict;
  const rows: [string, Part][] = [
    ['Ledger', verdict.origin],
    ['Index', `${verdict.index}, in a tree of ${verdict.size} records`],
    ['Type', record.type],
    ['Source', record.source],
    ...(record.subject === undefined ? [] : ([['Subject', record.subject]] as [string, Part][])),
    ['Time, by the sequencer', record.time],
    ['Authors', record.authors.length === 0 ? 'none signed' : record.authors.map((author) => hex(author.key)).join(', ')],
    ['Signed by', verdict.signers.map(({ name, kind }) => `${name} (${kind})`).join(', ')],
    ['Leaf hash', make('code', {}, hex(verdict.leafHash))],
    ['Root hash', make('code', {}, hex(verdict.rootHash))],
  ];
  const shown = own === undefined || verdict.payload === 'absent' ? [] : [make('h3', {}, `Payload (${record.contentType})`), preview(own)];
  return [facts(rows), ...shown, ...gaps(verdict.notChecked)];
}

function bundleFacts(verdict: BundleVerdict): Part[] {
  const { records } = verdict;
  const rows: [string, Part][] = [
    ['Ledger', verdict.origin],
    ['Signed by', verdict.signers.map(({ name, kind }) => `${name} (${kind})`).join(', ')],
    ['Exported by', verdict.exporter === undefined ? 'not signed by an exporter' : make('code', {}, hex(verdict.exporter))],
    ['Root hash', make('code', {}, hex(verdict.rootHash))],
  ];
  const head = make('tr', {}, ...['Index', 'Time', 'Type', 'Source', 'Subject', 'Payload'].map((name) => make('th', { scope: 'col' }, name)));
  const lines = records.slice(0, MAX_ROWS).map(({ index, record, payload: own, erased }) => {
    const state = own !== undefined ? 'verified' : erased !== undefined ? `erased: record ${erased.index}` : 'absent';
    const cells = [`${index}`, record.time, record.type, record.source, record.subject ?? '', state];
    return make('tr', {}, ...cells.map((cell) => make('td', {}, cell)));
  });
  const more = records.length > MAX_ROWS ? [make('p', { class: 'soft' }, `and ${records.length - MAX_ROWS} more, all verified`)] : [];
  const table = make('table', {}, make('thead', {}, head), make('tbody', {}, ...lines));
  const region = make('div', { class: 'table', role: 'region', 'aria-label': 'Records', tabindex: '0' }, table);
  return [facts(rows), make('h3', {}, 'Records'), region, ...more, ...gaps(verdict.notChecked)];
}

function facts(rows: [string, Part][]): HTMLElement {
  return make('dl', {}, ...rows.flatMap(([name, value]) => [make('dt', {}, name), make('dd', {}, value)]));
}

function gaps(names: readonly string[]): Part[] {
  const items = names.map((name) => make('li', {}, make('code', {}, name), ` ${NOT_CHECKED[name] ?? ''}`));
  return [make('h3', {}, 'Not checked'), make('ul', {}, ...items)];
}

/** The payload that was compared with its commitment: JSON is laid out, other text is shown as it is, bytes as hex. */
function preview(bytes: Uint8Array): HTMLElement {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, 4 * MAX_PAYLOAD_CHARACTERS));
    if (bytes.length <= MAX_PAYLOAD_CHARACTERS) text = JSON.stringify(JSON.parse(text), undefined, 2);
  } catch (error) {
    text = error instanceof SyntaxError ? new TextDecoder().decode(bytes) : hex(bytes.subarray(0, MAX_PAYLOAD_CHARACTERS / 2));
  }
  const cut = text.length > MAX_PAYLOAD_CHARACTERS ? `${text.slice(0, MAX_PAYLOAD_CHARACTERS)}\n…` : text;
  return make('pre', { tabindex: '0', role: 'region', 'aria-label': 'Payload' }, cut);
}

/** The verified receipt's own payload. */
function payloadOf(receipt: string): Uint8Array | undefined {
  const { payload: base64 } = JSON.parse(receipt) as { payload?: string };
  return base64 === undefined ? undefined : Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function show(...parts: Part[]): void {
  result.replaceChildren(...parts);
}

function listen(): void {
  element('form').addEventListener('submit', (event) => event.preventDefault());
  key.addEventListener('input', () => void check());
  const take = (id: string, set: (chosen: File | undefined) => void) => {
    const input = element<HTMLInputElement>(id);
    input.addEventListener('change', () => {
      set(input.files?.[0]);
      void check();
    });
  };
  take('file', (chosen) => (file = chosen));
  take('payload', (chosen) => (payload = chosen));
  const over = (event: DragEvent, is: boolean) => {
    event.preventDefault();
    document.body.classList.toggle('over', is);
  };
  addEventListener('dragover', (event) => over(event, true));
  addEventListener('dragleave', (event) => over(event, false));
  addEventListener('drop', (event) => {
    over(event, false);
    file = event.dataTransfer?.files[0] ?? file;
    void check();
  });
}

try {
  await init();
  listen();
  void check();
} catch (error) {
  show(...refusal(error));
}
