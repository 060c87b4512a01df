import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { partsOf, type Flip } from "../parts.ts";
import type { Access } from "../state/access.ts";
import { useReceipt } from "../state/receipt.ts";
import { toHash } from "../state/route.ts";
import { check } from "../verify.ts";
import { describe, FlipPanel } from "./flip-panel.tsx";
import { Copy, Failure, Notice } from "./parts.tsx";
import { Banner, Facts, Steps } from "./verdict.tsx";

interface Props {
  ledger: string;
  index: string;
  access: Access;
  /** The verifier key this browser trusts; absent until the ledger was first read. */
  trusted: string | undefined;
}

/** One record: its receipt is fetched, checked here, and can be tampered with. */
export function RecordView({ ledger, index, access, trusted }: Props) {
  const { state, retry } = useReceipt(ledger, index, access);
  const heading = useRef<HTMLHeadingElement>(null);
  // Opening a record is a navigation: keyboard and screen reader go where the eye goes.
  useEffect(() => heading.current?.focus(), []);

  return (
    <section class="card stack record" aria-labelledby="record-title">
      <div class="split">
        <h2 id="record-title" ref={heading} tabIndex={-1}>
          Record {index}
        </h2>
        <a class="back" href={toHash({ ledger })}>
          All records
        </a>
      </div>
      {state.kind === "loading" && (
        <p class="empty" role="status">
          Fetching the receipt…
        </p>
      )}
      {state.kind === "failed" && <Failure error={state.error} what="There is no receipt to check" retry={retry} />}
      {state.kind === "ready" && !trusted && <Notice tone="plain" title="Waiting for the ledger’s key" />}
      {state.kind === "ready" && trusted && <Checked receipt={state.receipt} trusted={trusted} name={`${ledger}-${index}`} />}
    </section>
  );
}

function Checked({ receipt, trusted, name }: { receipt: string; trusted: string; name: string }) {
  const [flipped, setFlipped] = useState<Flip>();
  const parts = useMemo(() => partsOf(receipt), [receipt]);
  const outcome = useMemo(() => check(flipped?.receipt ?? receipt, trusted), [flipped, receipt, trusted]);
  const payload = parts.find(({ id }) => id === "payload")?.bytes;

  return (
    <>
      <Banner outcome={outcome} flipped={flipped && describe(flipped)} />
      <div class="columns">
        <section class="stack" aria-labelledby="steps-title">
          <h3 id="steps-title">Ten checks, in this order</h3>
          <Steps states={outcome.states} />
        </section>
        <FlipPanel parts={parts} flipped={flipped} setFlipped={setFlipped} />
      </div>
      <section class="stack" aria-labelledby="facts-title">
        <h3 id="facts-title">What is proven</h3>
        {outcome.verified ? (
          <Facts verdict={outcome.verdict} payload={payload} />
        ) : (
          <p class="soft">Nothing. A receipt that is refused proves no part of itself, so none of it is shown as fact.</p>
        )}
      </section>
      <div class="split receipt-actions">
        <p class="hint">The receipt is all an offline verifier needs.</p>
        <div class="buttons">
          <Copy value={receipt} what="receipt" />
          <Download receipt={receipt} name={`${name}.receipt.json`} />
        </div>
      </div>
    </>
  );
}

function Download({ receipt, name }: { receipt: string; name: string }) {
  const url = useMemo(
    () => URL.createObjectURL(new Blob([receipt], { type: "application/vnd.stateledger.receipt+json" })),
    [receipt],
  );
  useEffect(() => () => URL.revokeObjectURL(url), [url]);
  return (
    <a class="copy" href={url} download={name}>
      Download<span class="unseen"> receipt</span>
    </a>
  );
}
