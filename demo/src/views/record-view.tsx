import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { LedgerClient } from "stateledger";
import { merklePath, pathInput, type MerklePath } from "../merkle-path.ts";
import { partsOf, type Flip } from "../parts.ts";
import { curlSnippet, npmSnippet, type Place } from "../snippets.ts";
import type { Access } from "../state/access.ts";
import type { LogPlace } from "../state/client.ts";
import type { Filter } from "../state/filter.ts";
import { useHeldHead, type HeldHead } from "../state/head.ts";
import { useReceipt } from "../state/receipt.ts";
import { toHash, type Source } from "../state/route.ts";
import { check, ofOtherLog } from "../verify.ts";
import { Contradiction } from "./contradiction.tsx";
import { describe, FlipPanel } from "./flip-panel.tsx";
import { Copy, Failure, Mark, Notice } from "./parts.tsx";
import { later } from "./later.tsx";
import { Payload } from "./payload.tsx";
import { ProofDrawing } from "./proof-drawing.tsx";
import { Steps } from "./step-list.tsx";
import { Banner, Facts } from "./verdict.tsx";
import "../proof.css";

const MissingPayload = later(() => import("./missing-payload.tsx").then((module) => module.MissingPayload));

interface Props {
  source: Source;
  index: string;
  /** What the list beside it is filtered by. */
  filter: Filter | undefined;
  access: Access;
  /** The verifier key this browser trusts; absent until the ledger was first read. */
  trusted: string | undefined;
  client: LedgerClient | undefined;
  place: LogPlace | undefined;
}

/** One record: its receipt is fetched, checked here, and can be tampered with. */
export function RecordView({ source, index, filter, access, trusted, client, place }: Props) {
  const { state, retry } = useReceipt(source, index, access, client);
  const heading = useRef<HTMLHeadingElement>(null);
  // Opening a record is a navigation: keyboard and screen reader go where the eye goes.
  useEffect(() => heading.current?.focus(), []);

  return (
    <section class="card stack record" aria-labelledby="record-title">
      <div class="split">
        <h2 id="record-title" ref={heading} tabIndex={-1}>
          Record {index}
        </h2>
        <a class="back" href={toHash(source, { kind: "records", ...(filter && { filter }) })}>
          {filter ? "Records that fit" : "All records"}
        </a>
      </div>
      {state.kind === "loading" && (
        <p class="empty" role="status">
          Fetching the receipt…
        </p>
      )}
      {state.kind === "failed" && <Failure error={state.error} what="There is no receipt to check" retry={retry} />}
      {state.kind === "ready" && !trusted && <Notice tone="plain" title="Waiting for the ledger’s key" />}
      {state.kind === "ready" && trusted && (
        <Checked receipt={state.receipt} trusted={trusted} index={index} ledger={source.kind === "own" ? source.ledger : undefined} token={access.token !== ""} client={client} place={place} />
      )}
    </section>
  );
}

interface CheckedProps {
  receipt: string;
  trusted: string;
  index: string;
  /** The ledger of this server; another log's receipts are made here. */
  ledger: string | undefined;
  /** Whether the visitor reads with a token. */
  token: boolean;
  client: LedgerClient | undefined;
  place: LogPlace | undefined;
}

/** The receipt under the trusted key: its verdict, its picture, the lab, and what it proves. */
function Checked({ receipt, trusted, index, ledger, token, client, place }: CheckedProps) {
  const [flipped, setFlipped] = useState<Flip>();
  const given = useMemo(() => ({ receipt, key: trusted }), [receipt, trusted]);
  const parts = useMemo(() => partsOf(given), [given]);
  const evidence = flipped?.evidence ?? given;
  const outcome = useMemo(() => {
    const checked = check(evidence.receipt, evidence.key);
    return ledger === undefined ? ofOtherLog(checked) : checked;
  }, [evidence, ledger]);
  const path = usePath(evidence.receipt);
  const untouched = outcome.verified && flipped === undefined;
  const held = useHeldHead(client, untouched ? receipt : undefined);
  // A receipt can hold and still be another record's: what was asked for is not in it.
  if (outcome.verified && String(outcome.verdict.index) !== index) return <OtherRecord asked={index} answered={String(outcome.verdict.index)} />;
  const [payload, entry] = (["payload", "entry"] as const).map((id) => parts.find((part) => part.id === id)?.bytes);

  return (
    <>
      <Banner outcome={outcome} flipped={flipped && describe(flipped)} index={index} />
      {untouched && <Held held={held} />}
      <div class="columns">
        <section class="stack" aria-labelledby="steps-title">
          <h3 id="steps-title">Ten checks, in this order</h3>
          <Steps states={outcome.states} />
        </section>
        <section class="stack" aria-labelledby="drawing-title">
          <h3 id="drawing-title">From record to signed root</h3>
          <ProofDrawing path={path} states={outcome.states} />
        </section>
      </div>
      <FlipPanel parts={parts} flipped={flipped} setFlipped={setFlipped} />
      <section class="stack" aria-labelledby="facts-title">
        <h3 id="facts-title">What is proven</h3>
        {outcome.verified && <Facts verdict={outcome.verdict} payload={payload} entry={entry} missing={<MissingPayload place={ledger === undefined ? undefined : place} index={index} />} />}
        {!outcome.verified && outcome.included && entry && <Payload bytes={entry} contentType="application/octet-stream" />}
        {!outcome.verified && !outcome.included && (
          <p class="soft">Nothing. A receipt that is refused proves no part of itself, so none of it is shown as fact.</p>
        )}
      </section>
      <Elsewhere receipt={receipt} place={ledger === undefined ? undefined : { server: location.origin, ledger, index, key: trusted, token }} />
    </>
  );
}

/** Whether the head that the receipt is under fits what this browser knows of the log. */
function Held({ held }: { held: HeldHead }) {
  if (held.kind === "contradicts") return <Contradiction message={`${held.error.message}.`} evidence={held.evidence} />;
  return (
    <p class="since" data-testid="held">
      <Mark state={held.kind === "consistent" ? "passed" : "unreached"} />
      {held.kind === "comparing" && "Holding its signed head against the one that this browser keeps…"}
      {held.kind === "consistent" && "Its signed head and the one that this browser keeps are of one log: one tree is proven to be in the other."}
      {held.kind === "open" && `Its signed head could not be held against the one that this browser keeps: ${held.error.message}.`}
    </p>
  );
}

function OtherRecord({ asked, answered }: { asked: string; answered: string }) {
  return (
    <Notice tone="refused" title={`Refused: this is not record ${asked}`}>
      <p>
        The server answered the receipt of record {answered}. It holds for that record, and says nothing of this one. <code>answer-mismatch</code>
      </p>
    </Notice>
  );
}

/** The way from leaf to root of a receipt, drawn anew whenever it changes. */
function usePath(receipt: string): MerklePath | undefined {
  const [path, setPath] = useState<MerklePath>();
  useEffect(() => {
    let current = true;
    const input = pathInput(receipt);
    if (!input) setPath(undefined);
    else void merklePath(input).then((made) => current && setPath(made), () => current && setPath(undefined));
    return () => {
      current = false;
    };
  }, [receipt]);
  return path;
}

/** What a visitor takes along: the receipt, and lines that fetch and check it. */
function Elsewhere({ receipt, place }: { receipt: string; place: Place | undefined }) {
  return (
    <section class="stack receipt-actions" aria-labelledby="elsewhere-title">
      <div class="split">
        <h3 id="elsewhere-title">Check it elsewhere</h3>
        <div class="buttons">
          <Copy value={receipt} what="receipt" />
          <Download receipt={receipt} name={`${place ? `${place.ledger}-${place.index}` : "entry"}.receipt.json`} />
        </div>
      </div>
      <p class="hint">The receipt is all an offline verifier needs.</p>
      {place && <Snippet title="curl" code={curlSnippet(place)} />}
      {place && <Snippet title="npm" code={npmSnippet(place)} />}
    </section>
  );
}

function Snippet({ title, code }: { title: string; code: string }) {
  return (
    <details class="snippet">
      <summary>As {title}</summary>
      <Copy value={code} what={`${title} snippet`} />
      <pre class="payload" tabIndex={0} aria-label={`${title} snippet`}>
        {code}
      </pre>
    </details>
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
