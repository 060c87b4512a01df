import { useState } from "preact/hooks";
import { createLedger, outcomeUnknown, type ApiError, type Visibility } from "../api.ts";
import type { Access } from "../state/access.ts";
import { asApiError } from "../state/ledger.ts";
import { Choice, Failure } from "./parts.tsx";
import { TokenField } from "./token-field.tsx";

const SHOWS: Record<Visibility, string> = {
  public: "Everyone can read the log, the receipts and the payloads.",
  proofs: "Everyone can read the log and the receipts; payloads and salts need a token.",
  private: "Nothing is shown without a token.",
};

/** Shown where the ledger is not there, or not for this visitor: create it, or read it with a token. */
export function CreateLedger({ ledger, access, created }: { ledger: string; access: Access; created: () => void }) {
  const [draft, setDraft] = useState({ token: access.token, keep: access.kept });
  const [visibility, setVisibility] = useState<Visibility>("public");
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<{ what: string; error: ApiError }>();

  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    access.use(draft.token, draft.keep);
    setBusy(true);
    setFailure(undefined);
    try {
      await createLedger(ledger, visibility, draft.token);
      created();
    } catch (cause) {
      const error = asApiError(cause);
      setFailure({ what: outcomeUnknown(cause) ? "It is unknown whether the ledger was created" : "The ledger was not created", error });
      if (error.status === 401) access.refuse();
      // It may have been created by the call before, whose answer was lost.
      if (error.code === "ledger-exists") created();
    } finally {
      setBusy(false);
    }
  };

  return (
    <form class="card stack create" onSubmit={submit} aria-labelledby="create-title">
      <h2 id="create-title">
        There is no ledger “{ledger}” here yet
      </h2>
      <p class="soft">Or it is private, and a token that may read it shows it. With the token of this server you can create it.</p>
      <TokenField draft={draft} set={setDraft} access={access} />
      <Choice
        name="visibility"
        legend="Who may read it (fixed once created)"
        value={visibility}
        set={setVisibility}
        options={[
          { value: "public", label: "Public" },
          { value: "proofs", label: "Proofs" },
          { value: "private", label: "Private" },
        ]}
      />
      <p class="hint">{SHOWS[visibility]}</p>
      {failure && <Failure {...failure} />}
      <button type="submit" class="button button-primary" aria-disabled={busy}>
        {busy ? "Creating…" : `Create “${ledger}”`}
      </button>
    </form>
  );
}
