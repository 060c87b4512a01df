// A listing that is walked in the page's worker, some records at a time.
import type { LedgerClient, ListOptions } from "stateledger";
import { fromBase64 } from "../bytes.ts";

/** A record that was proven. */
export interface Listed {
  index: bigint;
  /** The entry's bytes. */
  entry: Uint8Array | undefined;
}

export class Walk {
  readonly #cut = new AbortController();
  readonly #records: ReturnType<LedgerClient["list"]>;

  constructor(client: LedgerClient, options: ListOptions) {
    this.#records = client.list({ ...options, signal: this.#cut.signal });
  }

  /** The next records, at most `count`; `done` where there are no more. */
  async next(count: number): Promise<{ records: Listed[]; done: boolean }> {
    const records: Listed[] = [];
    while (records.length < count) {
      const step = await this.#records.next();
      if (step.done) return { records, done: true };
      records.push({ index: step.value.index, entry: fromBase64(step.value.receipt.entry) });
    }
    return { records, done: false };
  }

  end(): void {
    this.#cut.abort();
  }
}
