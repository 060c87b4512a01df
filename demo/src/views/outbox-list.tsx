import type { Waiting } from "../state/outbox-store.ts";
import type { Outbox } from "../state/outbox.ts";
import { toHash, type Source } from "../state/route.ts";
import { Mark } from "./parts.tsx";

const UNKNOWN = "It is unknown whether it was appended. It is sent again under the same idempotency key, so it is appended once at most.";
const NEEDS_TOKEN = "It waits for a token that may append: set one above.";

/** What is known of a record that waits, and what it waits for. */
function stateOf({ trouble, unsettled }: Waiting, token: boolean): string {
  // The server looks for the key before it judges what it would have taken.
  if (trouble?.kind === "refused") return "Refused, and not appended.";
  if (trouble?.kind === "unproven") return "The server says that it was appended, and its receipt is refused.";
  const state = unsettled ? UNKNOWN : "Not appended.";
  if (!token || trouble?.kind === "token") return `${state} ${NEEDS_TOKEN}`;
  return trouble?.kind === "later" ? `${state} The server asks to wait; it is sent again.` : state;
}

interface Props {
  source: Source;
  outbox: Outbox;
  /** Whether there is a token to send with. */
  token: boolean;
}

/** What waits to be sent, what was refused, and what went out and was verified. */
export function OutboxList({ source, outbox, token }: Props) {
  const { waiting, sent, drop, send } = outbox;
  if (waiting.length === 0 && sent.length === 0) return null;
  return (
    <section class="outbox stack" aria-labelledby="outbox-title">
      <h3 id="outbox-title">Outbox</h3>
      <div role="status">
        <ul class="not-checked">
          {waiting.map((record) => (
            <Waits key={record.idempotencyKey} record={record} token={token} drop={drop} />
          ))}
          {sent.map(({ index, title }) => (
            <li key={index}>
              <Mark state="passed" />
              <span>
                {title}: <a href={toHash(source, { kind: "records", index })}>record {index}</a>, receipt verified
              </span>
            </li>
          ))}
        </ul>
      </div>
      {token && waiting.some(({ trouble }) => trouble?.kind !== "refused") && (
        <button type="button" class="button" onClick={send}>
          Send now
        </button>
      )}
    </section>
  );
}

function Waits({ record, token, drop }: { record: Waiting; token: boolean; drop: Outbox["drop"] }) {
  const { idempotencyKey, title, trouble } = record;
  const final = trouble?.kind === "refused" || trouble?.kind === "unproven";
  return (
    <li>
      <Mark state={final ? "failed" : "unreached"} />
      <span>
        {title}: {stateOf(record, token)}
        {trouble && (
          <span class="soft outbox-cause">
            {trouble.message} <code>{trouble.code}</code>
          </span>
        )}
      </span>
      <button type="button" class="copy" onClick={() => drop(idempotencyKey)}>
        Discard<span class="unseen"> {title}</span>
      </button>
    </li>
  );
}
