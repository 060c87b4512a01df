import type { Outbox } from "../state/outbox.ts";
import { toHash, type Source } from "../state/route.ts";
import { Mark } from "./parts.tsx";

/** What waits to be sent, what was refused, and what went out and was verified. */
export function OutboxList({ source, outbox }: { source: Source; outbox: Outbox }) {
  const { waiting, sent, drop, send } = outbox;
  if (waiting.length === 0 && sent.length === 0) return null;
  return (
    <section class="outbox stack" aria-labelledby="outbox-title">
      <h3 id="outbox-title">Outbox</h3>
      <ul class="not-checked" role="status">
        {waiting.map(({ idempotencyKey, title, refused }) => (
          <li key={idempotencyKey}>
            <Mark state={refused ? "failed" : "unreached"} />
            <span>
              {title}: {refused ? <>refused, {refused.message} <code>{refused.code}</code></> : "waits for the server"}
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
      {waiting.some(({ refused }) => !refused) && (
        <button type="button" class="button" onClick={send}>
          Send now
        </button>
      )}
    </section>
  );
}
