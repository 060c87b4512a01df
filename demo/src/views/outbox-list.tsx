import type { Trouble } from "../state/delivery.ts";
import type { Outbox } from "../state/outbox.ts";
import { toHash, type Source } from "../state/route.ts";
import { Mark } from "./parts.tsx";

/** What a trouble means for a record that waits. */
const MEANS: Record<Trouble["kind"], string> = {
  unknown: "It is unknown whether it was appended. It is sent again under the same idempotency key, so it is appended once at most.",
  token: "Not appended: it waits for a token that may append. Set one above.",
  later: "Not appended yet: the server asks to wait. It is sent again.",
  refused: "Refused, and not appended.",
  unproven: "The server says that it was appended, and its receipt is refused.",
};

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
          {waiting.map(({ idempotencyKey, title, trouble }) => (
            <li key={idempotencyKey}>
              <Mark state={trouble?.kind === "refused" || trouble?.kind === "unproven" ? "failed" : "unreached"} />
              <span>
                {title}: {trouble ? MEANS[trouble.kind] : token ? "Waits for the server." : MEANS.token}
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
