import type { ComponentChildren } from "preact";
import type { Verdict } from "stateledger";
import { inWords, strictText, toHex } from "../bytes.ts";
import { NOT_CHECKED, STEPS } from "../steps.ts";
import type { Outcome } from "../verify.ts";
import { Digest, Mark, Moment, NotChecked } from "./parts.tsx";
import { Payload } from "./payload.tsx";

/** The answer in one line: verified, or the step that refused. `flipped` is the byte that was changed, in words; `index` is for entries of other logs. */
export function Banner({ outcome, flipped, index }: { outcome: Outcome; flipped?: string | undefined; index?: string }) {
  if (!outcome.verified && outcome.included) return <Included index={index} milliseconds={outcome.milliseconds} />;
  const title = outcome.verified
    ? `Verified: record ${outcome.verdict.index} is in the signed ledger`
    : `Refused ${placeOf(outcome.states.indexOf("failed"))}`;
  return (
    <div class={`banner banner-${outcome.verified ? "passed" : "failed"}`} role="status" data-testid="banner">
      <Mark state={outcome.verified ? "passed" : "failed"} />
      <div>
        <p class="banner-title">{title}</p>
        <p class="banner-detail">
          {outcome.verified ? (
            <>
              Checked here in WebAssembly, in {outcome.milliseconds.toFixed(1)} ms, against a tree head of{" "}
              {inWords(outcome.verdict.size, "record")}.
            </>
          ) : (
            <>
              {flipped && <>{flipped} </>}
              {sentence(outcome.message)} <code data-testid="code">{outcome.code}</code>
            </>
          )}
        </p>
      </div>
    </div>
  );
}

/** An entry of another log: its bytes are proven, its format is not ours to judge. */
function Included({ index, milliseconds }: { index: string | undefined; milliseconds: number }) {
  return (
    <div class="banner banner-passed" role="status" data-testid="banner">
      <Mark state="passed" />
      <div>
        <p class="banner-title">In the log: entry {index} is in the signed tree</p>
        <p class="banner-detail">Checked here in WebAssembly, in {milliseconds.toFixed(1)} ms. What the entry says is that log’s own format.</p>
      </div>
    </div>
  );
}

interface FactsProps {
  verdict: Verdict;
  payload: Uint8Array | undefined;
  entry: Uint8Array | undefined;
  /** What stands in place of a payload that the receipt has not. */
  missing: ComponentChildren;
}

/** What the verdict states. Every value here comes from the verified receipt, none from the server's word. */
export function Facts({ verdict, payload, entry, missing }: FactsProps) {
  const { record } = verdict;
  return (
    <>
      <dl class="facts">
        <Fact name="Type">{record.type}</Fact>
        <Fact name="Source">{record.source}</Fact>
        {record.subject !== undefined && <Fact name="Subject">{record.subject}</Fact>}
        <Fact name="Time, by the sequencer">
          <Moment time={record.time} />
        </Fact>
        <Fact name="Index">{`${verdict.index}, in a tree of ${inWords(verdict.size, "record")}`}</Fact>
        <Fact name="Signed by">
          {verdict.signers.map(({ name, kind }) => (
            <span key={name}>
              <code>{name}</code> <span class="soft">({kind})</span>
            </span>
          ))}
        </Fact>
        <Fact name="Root hash">
          <Digest value={toHex(verdict.rootHash)} what="root hash" />
        </Fact>
        <Fact name="Leaf hash">
          <Digest value={toHex(verdict.leafHash)} what="leaf hash" />
        </Fact>
        <Fact name="Payload commitment">
          <Digest value={toHex(record.commit.digest)} what="commitment" />
        </Fact>
        <Fact name="Content type">
          {record.contentType}, {inWords(record.commit.size, "byte")}
        </Fact>
      </dl>
      <h4>Payload</h4>
      {payload ? <Payload bytes={payload} contentType={record.contentType} /> : missing}
      {record.authors.length > 0 && <Authors authors={record.authors} />}
      {entry && <Entry bytes={entry} />}
      <NotCheckedList names={verdict.notChecked} />
    </>
  );
}

/** What a verdict leaves open. */
export function NotCheckedList({ names }: { names: (keyof typeof NOT_CHECKED)[] }) {
  return <NotChecked words={Object.fromEntries(names.map((name) => [name, NOT_CHECKED[name]]))} />;
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Authors({ authors }: { authors: Verdict["record"]["authors"] }) {
  return (
    <>
      <h4>Signed by its authors</h4>
      <ul class="authors">
        {authors.map(({ key }) => (
          <li key={toHex(key)}>
            <Mark state="passed" /> <Digest value={toHex(key)} what="author’s public key" />
          </li>
        ))}
      </ul>
    </>
  );
}

/** The leaf as it is: canonical JSON, so its text is its bytes. */
function Entry({ bytes }: { bytes: Uint8Array }) {
  return (
    <details class="snippet">
      <summary>The entry, {inWords(bytes.length, "byte")}: what the tree holds</summary>
      <pre class="payload" tabIndex={0} aria-label="Entry">
        {strictText(bytes) ?? toHex(bytes)}
      </pre>
    </details>
  );
}

/** Where a refusal happened. A key is read before the first step. */
function placeOf(failed: number): string {
  const step = STEPS[failed];
  return step === undefined ? "before the first step: the trusted key is not usable" : `at step ${failed + 1}, ${step.title}`;
}

function sentence(message: string): string {
  const first = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
