import { useRef, useState } from "preact/hooks";
import { ApiError, appendRecord, type NewRecord } from "../api.ts";
import { randomHex, toBase64, utf8 } from "../bytes.ts";
import type { Access } from "../state/access.ts";
import { asApiError } from "../state/ledger.ts";
import { Choice, Failure, Field } from "./parts.tsx";
import { TokenField } from "./token-field.tsx";

const START = { type: "deployment", source: "explorer", subject: "", payload: '{ "version": "1.4.2", "approved": true }' };

/** The form that appends a record to the open ledger. `appended` is told its index. */
export function AppendForm({ ledger, access, appended }: { ledger: string; access: Access; appended: (index: string) => void }) {
  const [draft, setDraft] = useState({ token: access.token, keep: access.kept });
  const [fields, setFields] = useState(START);
  const [kind, setKind] = useState<NewRecord["payload"]["kind"]>("json");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError>();
  const attempt = useAttempt();

  const set = (name: keyof typeof START) => (value: string) => setFields({ ...fields, [name]: value });
  const payloadError = kind === "json" ? jsonError(fields.payload) : undefined;

  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy || payloadError) return;
    access.use(draft.token, draft.keep);
    setBusy(true);
    setError(undefined);
    const { type, source, subject, payload } = fields;
    const record: NewRecord = {
      type,
      source,
      subject,
      payload: kind === "json" ? { kind, json: payload } : { kind, base64: toBase64(utf8(payload)) },
    };
    try {
      const index = await appendRecord(ledger, record, draft.token, attempt.keyFor(record));
      attempt.done();
      appended(index);
    } catch (cause) {
      const failure = asApiError(cause);
      setError(failure);
      if (failure.status === 401) access.refuse();
    } finally {
      setBusy(false);
    }
  };

  return (
    <form class="card stack" onSubmit={submit} aria-labelledby="append-title">
      <h2 id="append-title">Append a record</h2>
      <TokenField draft={draft} set={setDraft} access={access} />
      <div class="pair">
        <Field id="type" label="Type" value={fields.type} set={set("type")} />
        <Field id="source" label="Source" value={fields.source} set={set("source")} />
      </div>
      <Field id="subject" label="Subject" value={fields.subject} set={set("subject")} optional />
      <Choice
        name="payload-kind"
        legend="Payload"
        value={kind}
        set={setKind}
        options={[
          { value: "json", label: "JSON" },
          { value: "text", label: "Text" },
        ]}
      />
      <Field
        id="payload"
        label={kind === "json" ? "Payload as JSON" : "Payload as text"}
        value={fields.payload}
        set={set("payload")}
        error={payloadError}
        optional={kind === "text"}
        rows={4}
        input={{ class: "mono" }}
      />
      {error && <Failure error={error} what="Nothing was appended" />}
      <button type="submit" class="button button-primary" aria-disabled={busy}>
        {busy ? "Appending…" : "Append"}
      </button>
    </form>
  );
}

// A second click, or a retry after an answer that got lost, must not append the record twice:
// the same content keeps its idempotency key until the server has acknowledged it.
function useAttempt() {
  const last = useRef({ content: "", key: "" });
  return {
    keyFor(record: NewRecord): string {
      const content = JSON.stringify(record);
      if (last.current.content !== content) last.current = { content, key: `explorer-${randomHex(16)}` };
      return last.current.key;
    },
    done() {
      last.current = { content: "", key: "" };
    },
  };
}

function jsonError(json: string): string | undefined {
  try {
    JSON.parse(json);
    return undefined;
  } catch {
    return "This is not JSON yet.";
  }
}
