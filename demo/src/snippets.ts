// How to get and check a record elsewhere, as lines to copy.

/** What a snippet names: where the ledger is, which record, whose signature counts, and whether a token is needed. */
export interface Place {
  /** Origin of the server, such as `https://ledger.example`. */
  server: string;
  ledger: string;
  index: string;
  key: string;
  /** The token itself is never in a snippet: it stands in the variable TOKEN. */
  token: boolean;
}

/** A shell line that fetches the receipt. Origin, ledger and index are the page's own address: none of them holds a quote. */
export function curlSnippet({ server, ledger, index, token }: Place): string {
  const header = token ? ' -H "Authorization: Bearer $TOKEN"' : "";
  return `curl -fsS '${server}/api/v1/ledgers/${ledger}/records/${index}/receipt'${header} -o ${ledger}-${index}.receipt.json`;
}

/** A Node program that fetches the receipt and verifies it under the trusted key, in whose name a quote may stand. */
export function npmSnippet({ server, ledger, index, key, token }: Place): string {
  const given = token ? ", { headers: { authorization: `Bearer ${process.env.TOKEN}` } }" : "";
  return `// npm install stateledger
import { init, verifyReceipt } from "stateledger";

await init();
const answer = await fetch("${server}/api/v1/ledgers/${ledger}/records/${index}/receipt"${given});
const verdict = verifyReceipt(await answer.text(), { key: ${JSON.stringify(key)} });
console.log(verdict.record.type, verdict.index, verdict.size, verdict.notChecked);
`;
}
