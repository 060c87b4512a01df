import { useState } from "preact/hooks";
import type { LedgerInfo } from "../api.ts";
import type { usePin } from "../state/pin.ts";
import { toHash } from "../state/route.ts";
import { keyProblem } from "../verify.ts";
import { Digest, Field, Moment, Notice } from "./parts.tsx";

type Pinned = ReturnType<typeof usePin>;

/** Which ledger is open, how large it is, and under which key this browser checks it. */
export function LedgerBar({ ledger, info, pinned }: { ledger: string; info: LedgerInfo | undefined; pinned: Pinned }) {
  const swapped = info && pinned.pin && info.verifierKey !== pinned.pin.key;
  return (
    <section class="bar" aria-label="Ledger">
      <OpenLedger key={ledger} ledger={ledger} />
      <dl class="bar-facts">
        <div>
          <dt>Records</dt>
          <dd data-testid="size">{info ? BigInt(info.size).toLocaleString("en") : "–"}</dd>
        </div>
        <div>
          <dt>Origin</dt>
          <dd>{info ? <code>{info.origin}</code> : "–"}</dd>
        </div>
        <div>
          <dt>Key you trust</dt>
          <dd>{pinned.pin ? <Digest value={pinned.pin.key} what="verifier key" /> : "–"}</dd>
        </div>
      </dl>
      {pinned.pin && <Trust pinned={pinned} />}
      {swapped && (
        <Notice tone="refused" title="The server presents another key than the one you trust">
          <p>
            Records are still checked under your key, so they will be refused if the server’s key signed them. A ledger
            never changes its key: ask its operator, over another channel, which one is right.
          </p>
        </Notice>
      )}
    </section>
  );
}

function OpenLedger({ ledger }: { ledger: string }) {
  const [name, setName] = useState(ledger);
  const submit = (event: Event) => {
    event.preventDefault();
    location.hash = toHash({ ledger: name });
  };
  return (
    <form class="open-ledger" onSubmit={submit} aria-label="Open a ledger">
      <Field
        id="ledger"
        label="Ledger"
        value={name}
        set={setName}
        input={{ class: "mono", pattern: "[a-z0-9][a-z0-9\\-]{0,62}", title: "Lowercase letters, digits and hyphens, up to 63" }}
      />
      <button type="submit" class="button">
        Open
      </button>
    </form>
  );
}

function Trust({ pinned }: { pinned: Pinned }) {
  const { pin } = pinned;
  const [key, setKey] = useState("");
  const [problem, setProblem] = useState<string>();
  if (!pin) return null;
  const submit = async (event: Event) => {
    event.preventDefault();
    const pasted = key.trim();
    const found = await keyProblem(pasted).catch((cause: Error) => cause.message);
    setProblem(found);
    if (found !== undefined) return;
    pinned.paste(pasted);
    setKey("");
  };
  return (
    <details class="trust">
      <summary>{pin.how === "first-use" ? "Pinned on first use" : "Pinned by you"}: what that means, and how to change it</summary>
      <div class="trust-body stack">
        <p>
          {pin.how === "first-use" ? (
            <>
              This browser took the key from the server on <Moment time={pin.since} /> and has kept it since. That trusts the
              server <strong>once</strong>: from then on, another key is refused. If you got the key from the ledger’s operator
              by another way, paste it here instead.
            </>
          ) : (
            <>
              You pasted this key on <Moment time={pin.since} />. Receipts are checked under it, whatever the server says.
            </>
          )}
        </p>
        <form class="open-ledger" onSubmit={submit} aria-label="Trust another key">
          <Field
            id="key"
            label="Verifier key"
            value={key}
            set={setKey}
            error={problem && `This is no key to trust: ${problem}.`}
            input={{ class: "mono", placeholder: "name+hash+base64" }}
          />
          <button type="submit" class="button">
            Trust this key
          </button>
        </form>
        <p>
          <button type="button" class="button" onClick={pinned.forget}>
            Take the server’s key again
          </button>
        </p>
      </div>
    </details>
  );
}
