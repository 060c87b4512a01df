import { useEffect, useRef, useState } from "preact/hooks";
import { asError } from "../as-error.ts";
import type { Rules } from "../api.ts";
import { inWords, randomHex } from "../bytes.ts";
import type { Access } from "../state/access.ts";
import type { Trouble } from "../state/delivery.ts";
import { useOutbox } from "../state/outbox.ts";
import type { AuthorFacts } from "../thread/author.ts";
import type { NewRecord, Outgoing } from "../thread/record-body.ts";
import { thread } from "../thread/start.ts";
import type { Signing } from "../thread/thread.ts";
import { AuthorField } from "./author-field.tsx";
import { OutboxList } from "./outbox-list.tsx";
import { Choice, Failure, Field } from "./parts.tsx";
import { hintOf, SchemaHint } from "./schema-hint.tsx";
import { TokenField } from "./token-field.tsx";

const START = { type: "deployment", source: "explorer", subject: "", payload: '{ "version": "1.4.2", "approved": true }' };

export interface AppendProps {
  ledger: string;
  /** The ledger's rules and origin; a signed statement names the origin. */
  rules: Rules;
  origin: string;
  trusted: string | undefined;
  access: Access;
  /** Told that the ledger grew; with the index of the record where it was this form's, its receipt verified. */
  appended: (index?: string) => void;
}

/** What is known of a submission that is not in the outbox. */
const BECAME: Record<Trouble["kind"], string> = {
  refused: "Nothing was appended",
  token: "Nothing was appended",
  later: "Nothing was appended yet",
  unknown: "It is unknown whether the record was appended",
  unproven: "The server says that it appended the record, and its receipt is refused",
};

/** The form that appends a record to the open ledger, and what waits to be appended. */
export function AppendForm({ ledger, rules, origin, trusted, access, appended }: AppendProps) {
  const [draft, setDraft] = useState({ token: access.token, keep: access.kept });
  const [fields, setFields] = useState({ ...START, type: rules.types?.[0] ?? START.type });
  const [kind, setKind] = useState<NewRecord["payload"]["kind"]>("json");
  const [author, setAuthor] = useState<AuthorFacts | "pending">();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<{ what: string; error: Error & { code?: unknown } }>();
  const attempt = useAttempt();
  const outbox = useOutbox(ledger, trusted, access, (key) => {
    attempt.done(key);
    appended();
  });

  // Now, while the network is there: what is written offline needs the worker, too. Where it fails, submitting says so.
  useEffect(() => void thread().catch(() => {}), []);

  const set = (name: keyof typeof START) => (value: string) => setFields({ ...fields, [name]: value });
  const payloadError = kind === "json" ? jsonError(fields.payload) : undefined;

  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy || author === "pending" || payloadError || trusted === undefined) return;
    access.use(draft.token, draft.keep);
    setBusy(true);
    setFailure(undefined);
    const { type, source, subject, payload } = fields;
    const record: NewRecord = { type, source, subject, payload: { kind, text: payload } };
    try {
      const request = await attempt.requestOf(record, author && { id: author.id, origin });
      const became = await outbox.submit(request, draft.token);
      if ("index" in became) {
        attempt.done(request.idempotencyKey);
        appended(became.index);
      } else if (!became.waits) {
        const { kind: trouble, code, message } = became.trouble;
        const again = trouble === "unknown" ? " Append it again: it goes out under the same idempotency key, and is appended once at most." : "";
        setFailure({ what: BECAME[trouble], error: Object.assign(new Error(message + again), { code }) });
      }
    } catch (cause) {
      // The record could not be made, so nothing was sent.
      setFailure({ what: BECAME.refused, error: asError(cause) });
    } finally {
      setBusy(false);
    }
  };

  return (
    <form class="stack" onSubmit={(event) => void submit(event)} aria-label="Append a record">
      <TokenField draft={draft} set={setDraft} access={access} />
      <div class="pair">
        <Field id="type" label="Type" value={fields.type} set={set("type")} input={rules.types && { list: "types" }} />
        <Field id="source" label="Source" value={fields.source} set={set("source")} />
      </div>
      {rules.types && (
        <datalist id="types">
          {rules.types.map((type) => (
            <option key={type} value={type} />
          ))}
        </datalist>
      )}
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
      {rules.payloadLimit !== undefined && <p class="hint">This ledger takes payloads of at most {inWords(rules.payloadLimit, "byte")}.</p>}
      {kind === "json" && <SchemaHint type={fields.type} hint={hintOf(rules.schemas?.[fields.type])} />}
      {rules.authors && (
        <p class="hint">
          This ledger takes a record only with signatures of {rules.authors.threshold} of {rules.authors.keys.length} named authors.
        </p>
      )}
      <AuthorField author={author} use={setAuthor} />
      <p class="hint">
        A record lies in this browser’s storage, payload and salt included, until it is known what became of it: also when this tab is closed before.
      </p>
      {failure && <Failure {...failure} />}
      <button type="submit" class="button button-primary" aria-disabled={busy || author === "pending"}>
        {busy ? "Appending…" : "Append"}
      </button>
      <OutboxList source={{ kind: "own", ledger }} outbox={outbox} token={access.token !== ""} />
    </form>
  );
}

// A second click, or a retry after an answer that got lost, must not append the record twice: the same content keeps
// its request, idempotency key and salt included, until it is known to be in the ledger.
function useAttempt() {
  const last = useRef<{ content: string; key: string; request: Promise<Outgoing> }>(undefined);
  return {
    requestOf(record: NewRecord, signing: Signing | undefined): Promise<Outgoing> {
      const content = JSON.stringify([record, signing?.id]);
      if (last.current?.content !== content) {
        const key = `explorer-${randomHex(16)}`;
        const request = thread().then((remote) => remote.outgoing(record, key, signing));
        last.current = { content, key, request };
        // Nothing was sent under it yet.
        request.catch(() => (last.current = undefined));
      }
      return last.current.request;
    },
    done(key: string) {
      if (last.current?.key === key) last.current = undefined;
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
