import { useState } from "preact/hooks";
import type { Pinned } from "../state/pin.ts";
import { keyProblem } from "../verify.ts";
import { Field, Moment } from "./parts.tsx";

/** How the key came to be trusted, and the way to trust another. `presented` is the server's; other logs present none. */
export function Trust({ pinned, presented }: { pinned: Pinned; presented: string | undefined }) {
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
        {presented !== undefined && (
          <p>
            <button type="button" class="button" onClick={pinned.forget}>
              Take the server’s key again
            </button>
          </p>
        )}
      </div>
    </details>
  );
}
