// The ledgers of the server that this page came from: where a visitor without an address begins.
import { useState } from "preact/hooks";
import type { LedgerInfo, Visibility } from "../api.ts";
import { inWords } from "../bytes.ts";
import type { Access } from "../state/access.ts";
import { useLedgers } from "../state/ledgers.ts";
import { toHash } from "../state/route.ts";
import { OpenLog } from "./open-log.tsx";
import { Failure } from "./parts.tsx";
import { TokenField } from "./token-field.tsx";

const READ_BY: Record<Visibility, string> = {
  public: "public",
  proofs: "payloads for token holders",
  private: "private",
};

export function LedgersView({ access }: { access: Access }) {
  const { ledgers, more, loading, error, next } = useLedgers(access);
  return (
    <>
      <section class="bar" aria-label="Open">
        <OpenLog />
        <p class="soft">A ledger of this server by its name, one that is not there yet to create it, or any C2SP tlog-tiles log by its https URL.</p>
      </section>
      <section class="card stack" aria-labelledby="ledgers-title">
        <h2 id="ledgers-title">Ledgers of this server</h2>
        {ledgers.length > 0 && (
          <>
            <p class="hint">What the server says of them. Open one, and this browser verifies it.</p>
            <ul class="rows">
              {ledgers.map((ledger) => (
                <li key={ledger.ledger}>
                  <Ledger info={ledger} />
                </li>
              ))}
            </ul>
          </>
        )}
        {loading && ledgers.length === 0 && (
          <p class="empty" role="status">
            Asking for the ledgers…
          </p>
        )}
        {error && <Failure error={error} what="The ledgers could not be listed" retry={next} />}
        {!loading && !error && ledgers.length === 0 && <Nothing token={access.token !== "" && !access.refused} />}
        {more && !error && (
          <button type="button" class="button" onClick={next} aria-disabled={loading}>
            {loading ? "Reading…" : "Show more"}
          </button>
        )}
        <Token access={access} />
      </section>
    </>
  );
}

function Ledger({ info: { ledger, origin, size, rules } }: { info: LedgerInfo }) {
  return (
    <a class="row ledger" href={toHash({ kind: "own", ledger })}>
      <span class="row-what">
        <strong>{ledger}</strong> <code class="soft">{origin}</code>
      </span>
      <span class="row-when">
        {inWords(BigInt(size), "record")} · {READ_BY[rules.visibility]}
      </span>
    </a>
  );
}

function Nothing({ token }: { token: boolean }) {
  return (
    <p class="empty">
      {token ? "This server has no ledger that the token may read." : "This server shows no ledger without a token."} Type a name above to create the first one.
    </p>
  );
}

/** A token also shows the private ledgers that it may read. */
function Token({ access }: { access: Access }) {
  const [draft, setDraft] = useState({ token: access.token, keep: access.kept });
  return (
    <details class="filter" open={access.token !== ""}>
      <summary>A token also shows the private ledgers that it may read</summary>
      <form
        class="create stack"
        aria-label="Use a token"
        onSubmit={(event) => {
          event.preventDefault();
          access.use(draft.token, draft.keep);
        }}
      >
        <TokenField draft={draft} set={setDraft} access={access} />
        <div class="buttons">
          <button type="submit" class="button">
            Use this token
          </button>
        </div>
      </form>
    </details>
  );
}
