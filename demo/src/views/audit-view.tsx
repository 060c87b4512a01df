// The audit: every entry, every tile and the root, verified here; and what a visitor takes away from it.
import { useState } from "preact/hooks";
import type { AuditReport } from "stateledger";
import { asError } from "../as-error.ts";
import { inWords, toHex } from "../bytes.ts";
import { useAudit } from "../state/audit.ts";
import type { LogPlace } from "../state/client.ts";
import { nameOf, type Source } from "../state/route.ts";
import { save } from "../save.ts";
import { thread } from "../thread/start.ts";
import { Digest, Failure, Mark, NotChecked } from "./parts.tsx";
import { Progress } from "./progress.tsx";

/** Records that a bundle made here holds at most: it is made in this page's memory, payloads and all. */
const BUNDLE_RECORDS = 100_000n;

/** What no audit of one head shows. */
const LEFT_OPEN = {
  witness: "No witnesses were asked whether they saw the same tree head.",
  freshness: "A checkpoint carries no time: this tree head may be an old one.",
};

interface Props {
  source: Source;
  place: LogPlace | undefined;
  /** Entries of the newest head that was seen. */
  size: bigint;
}

export function AuditView({ source, place, size }: Props) {
  const { audit, run, cancel } = useAudit(place, Number(size));
  return (
    <section class="card stack" aria-labelledby="audit-title">
      <h2 id="audit-title">Audit</h2>
      <p class="soft">
        Downloads the signed head, every entry and every tile, and verifies all of it in this browser: each entry’s hash
        {source.kind === "own" ? ", format and author signatures" : " (what it says is that log’s own format)"}, every tile rebuilt from them, and the
        root that the ledger’s key signed.{source.kind === "own" && " Payloads are beside the log: each is checked when its record is opened."}
      </p>
      {audit.kind === "idle" && <Start label="Audit the whole ledger" run={run} />}
      {audit.kind === "running" && <Progress done={audit.done} of={audit.of} what="entries verified" rate={audit.rate} cancel={cancel} />}
      {audit.kind === "paused" && (
        <>
          <p role="status">
            Stopped after {audit.done.toLocaleString("en")} of {audit.of.toLocaleString("en")} entries. What was verified stays verified.
          </p>
          <Start label="Go on" run={run} />
        </>
      )}
      {audit.kind === "ended" && (
        <Failure error={audit.error} what={audit.refused ? "Refused: this ledger does not hold" : "The audit could not be finished"} retry={run} />
      )}
      {audit.kind === "holds" && (
        <>
          <Holds report={audit.report} seconds={audit.seconds} />
          <NotChecked heading="h3" words={source.kind === "own" ? { ...LEFT_OPEN, payload: "No payload was read, so only the commitments are proven." } : LEFT_OPEN} />
          {source.kind === "own" && <TakeAway source={source} place={place} report={audit.report} />}
          {source.kind === "foreign" && <NoBundle />}
          <Start label="Audit again" run={run} />
        </>
      )}
    </section>
  );
}

function Start({ label, run }: { label: string; run: () => void }) {
  return (
    <p>
      <button type="button" class="button button-primary" onClick={run}>
        {label}
      </button>
    </p>
  );
}

function Holds({ report, seconds }: { report: AuditReport; seconds: number }) {
  return (
    <>
      <div class="banner banner-passed" role="status" data-testid="audit-result">
        <Mark state="passed" />
        <div>
          <p class="banner-title">The ledger holds: {inWords(report.size, "record")}</p>
          <p class="banner-detail">
            Verified here in {seconds < 0.1 ? "less than 0.1" : seconds.toFixed(1)} s. Nothing is missing, nothing was changed, and the signed root is the root of exactly
            these entries.
          </p>
        </div>
      </div>
      <dl class="facts">
        <div>
          <dt>Root hash</dt>
          <dd>
            <Digest value={toHex(report.rootHash)} what="root hash" />
          </dd>
        </div>
        <div>
          <dt>Signed by</dt>
          <dd>
            {report.signers.map(({ name, kind }) => (
              <span key={name}>
                <code>{name}</code> <span class="soft">({kind})</span>
              </span>
            ))}
          </dd>
        </div>
      </dl>
    </>
  );
}

/** The result as files: a bundle of the newest records, and the page that verifies it without a network. */
function TakeAway({ source, place, report }: { source: Source; place: LogPlace | undefined; report: AuditReport }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();
  const start = report.size > BUNDLE_RECORDS ? report.size - BUNDLE_RECORDS : 0n;
  const make = async () => {
    if (!place || busy) return;
    setBusy(true);
    setError(undefined);
    try {
      const bundle = await (await thread()).exportBundle(place, { start, end: report.size });
      save(bundle, `${nameOf(source)}-${report.size}.bundle`, "application/vnd.stateledger.audit-bundle");
    } catch (thrown) {
      setError(asError(thrown));
    }
    setBusy(false);
  };
  return (
    <section class="stack" aria-labelledby="take-title">
      <h3 id="take-title">Take it along</h3>
      <p class="soft">
        The bundle holds the signed head, {start === 0n ? "every record" : `the newest ${inWords(BUNDLE_RECORDS, "record")}`} and one proof for
        all of them. The verifier is a single page that checks it with no network.
      </p>
      <div class="buttons">
        <button type="button" class="button" onClick={() => void make()} aria-disabled={busy}>
          {busy ? "Making the bundle…" : "Download the bundle"}
        </button>
        <Verifier />
      </div>
      {error && <Failure error={error} what="There is no bundle" />}
    </section>
  );
}

/** What there is of another log. */
function NoBundle() {
  return (
    <>
      <p class="soft">
        A bundle is made of this server’s ledgers alone. Where another log’s entries have their format, the verifier checks with no network the
        receipts that this page makes of them.
      </p>
      <p>
        <Verifier />
      </p>
    </>
  );
}

function Verifier() {
  return (
    <a class="button" href="/verify" download="stateledger-verify.html">
      Download the verifier
    </a>
  );
}
