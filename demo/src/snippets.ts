// How to get and check a record elsewhere, as lines to copy.

/** What a snippet names: where the ledger is, which record, and whose signature counts. */
export interface Place {
  /** Origin of the server, such as `https://ledger.example`. */
  server: string;
  ledger: string;
  index: string;
  key: string;
}

/** A shell line that fetches the receipt. */
export function curlSnippet({ server, ledger, index }: Place): string {
  return `curl -fsS '${server}/api/v1/ledgers/${ledger}/records/${index}/receipt' -o ${ledger}-${index}.receipt.json`;
}

/** A Node program that fetches the receipt and verifies it under the trusted key. */
export function npmSnippet({ server, ledger, index, key }: Place): string {
  return `// npm install stateledger
import { init, verifyReceipt } from "stateledger";

await init();
const answer = await fetch("${server}/api/v1/ledgers/${ledger}/records/${index}/receipt");
const verdict = verifyReceipt(await answer.text(), { key: "${key}" });
console.log(verdict.record.type, verdict.index, verdict.size, verdict.notChecked);
`;
}
