// Which log is open, its signed head, and under which key this browser checks it.
import { useEffect, useState } from "preact/hooks";
import { inWords, toHex } from "../bytes.ts";
import type { Log, LogHead } from "../state/log.ts";
import type { Pinned } from "../state/pin.ts";
import { nameOf, toHash, type Source, type View } from "../state/route.ts";
import { Contradiction } from "./contradiction.tsx";
import { OpenLog } from "./open-log.tsx";
import { Digest, Failure, Mark, Notice } from "./parts.tsx";
import { Trust } from "./trust.tsx";

interface Props {
  source: Source;
  view: View;
  log: Log;
  pinned: Pinned;
  /** The key that the server presents; other logs present none. */
  presented: string | undefined;
  /** Whether a head may yet come: its place is kept, so that nothing moves when it does. */
  opening: boolean;
}

export function LogBar({ source, view, log, pinned, presented, opening }: Props) {
  const { state } = log;
  const known = state.kind === "open" || state.kind === "contradicted" ? state.known : undefined;
  const fork = state.kind === "failed" ? state.fork : state.kind === "open" ? state.known.fork : undefined;
  const expected = opening && state.kind === "opening" && !pinned.problem;
  const swapped = presented !== undefined && pinned.pin !== undefined && presented !== pinned.pin.key;
  return (
    <section class="bar" aria-label="Ledger">
      <OpenLog key={nameOf(source)} source={source} />
      {(known || expected || pinned.pin) && <Head known={known} trusted={pinned.pin?.key} />}
      {known && <SinceLastVisit known={known} />}
      {!known && expected && (
        <p class="since">
          <Mark state="unreached" /> The signed head is on its way.
        </p>
      )}
      {pinned.pin && <Trust pinned={pinned} presented={presented} />}
      {!pinned.pin && expected && <p class="trust trust-none">No key is pinned yet.</p>}
      {pinned.problem && <Failure error={pinned.problem} what="The server presents a key that nobody can check with" />}
      {swapped && (
        <Notice tone="refused" title="The server presents another key than the one you trust">
          <p>
            Records are still checked under your key, so they will be refused if the server’s key signed them. A ledger
            never changes its key: ask its operator, over another channel, which one is right.
          </p>
        </Notice>
      )}
      {state.kind === "contradicted" && <Contradiction message={`${state.error.message}.`} evidence={state.evidence} />}
      {fork && <Contradiction message={`This browser saw it on ${fork.seen.slice(0, 10)}.`} evidence={fork} />}
      {state.kind === "failed" && <Failure error={state.error} what="The signed head could not be verified" retry={log.look} />}
      {state.kind === "open" && state.trouble && <Failure error={state.trouble} what="What you see may be out of date" retry={log.look} />}
      {(known || expected) && <Tabs source={source} view={view} />}
    </section>
  );
}

/** The signed head. Until it is verified nothing of it is shown. */
function Head({ known, trusted }: { known: LogHead | undefined; trusted: string | undefined }) {
  const head = known?.head;
  return (
    <dl class="bar-facts">
      <div>
        <dt>Records</dt>
        <dd data-testid="size">{head ? head.size.toLocaleString("en") : "–"}</dd>
      </div>
      <div>
        <dt>Origin</dt>
        <dd>{head ? <code>{head.origin}</code> : "–"}</dd>
      </div>
      <div>
        <dt>Root</dt>
        <dd>{head ? <Digest value={toHex(head.rootHash)} what="root hash" /> : "–"}</dd>
      </div>
      <div>
        <dt>Signed by</dt>
        <dd>{head ? head.signers.map(({ name, kind }) => `${name} (${kind})`).join(", ") : "–"}</dd>
      </div>
      <div>
        <dt>Age of the head</dt>
        <dd>{known ? <Age key={known.since} since={known.since} /> : "–"}</dd>
      </div>
      <div>
        <dt>Key you trust</dt>
        <dd>{trusted ? <Digest value={trusted} what="verifier key" /> : "–"}</dd>
      </div>
    </dl>
  );
}

/** How long a head has been the newest one here: it is at least that old. Nobody states more, since this page asks no witnesses. */
function Age({ since }: { since: number }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 10_000);
    return () => clearInterval(timer);
  }, []);
  const minutes = Math.floor((now - since) / 60_000);
  return <>not stated: no witness. Seen here for {minutes < 1 ? "less than a minute" : inWords(minutes, "minute")}</>;
}

/** The consistency proof from what an earlier visit ended with. */
function SinceLastVisit({ known: { head, visited } }: { known: LogHead }) {
  if (head.outcome === "stale") {
    return (
      <p class="since" role="status" data-testid="since">
        <Mark state="skipped" /> The server answers an older head than this browser has seen. Caches lag; the newer head stays.
      </p>
    );
  }
  if (visited === undefined) {
    return (
      <p class="since" data-testid="since">
        <Mark state="skipped" /> First visit: this browser keeps the head, and will see if the ledger ever takes something back.
      </p>
    );
  }
  const grown = head.size - visited;
  return (
    <p class="since" data-testid="since">
      <Mark state="passed" />
      {grown === 0n ? "The same head as at your last visit." : `Consistent with your last visit: ${inWords(grown, "record")} added to ${visited.toLocaleString("en")}, none changed.`}
    </p>
  );
}

function Tabs({ source, view }: { source: Source; view: View }) {
  const tabs: { title: string; to: View }[] = [
    { title: "Records", to: { kind: "records" } },
    { title: "Time machine", to: { kind: "time" } },
    { title: "Audit", to: { kind: "audit" } },
  ];
  return (
    <nav class="tabs" aria-label="Views of this ledger">
      {tabs.map(({ title, to }) => (
        <a key={title} href={toHash(source, to)} aria-current={view.kind === to.kind ? "page" : undefined}>
          {title}
        </a>
      ))}
    </nav>
  );
}
