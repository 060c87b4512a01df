import { useState } from "preact/hooks";
import { useAccess, type Access } from "./state/access.ts";
import { useLedger } from "./state/ledger.ts";
import { usePin } from "./state/pin.ts";
import { useRecords } from "./state/records.ts";
import { toHash, useRoute, type Route } from "./state/route.ts";
import { AppendForm } from "./views/append-form.tsx";
import { CreateLedger } from "./views/create-ledger.tsx";
import { Hero } from "./views/hero.tsx";
import { LedgerBar } from "./views/ledger-bar.tsx";
import { Failure } from "./views/parts.tsx";
import { RecordList } from "./views/record-list.tsx";
import { RecordView } from "./views/record-view.tsx";
import { Steps } from "./views/verdict.tsx";

/** The whole page. */
export function App() {
  const route = useRoute();
  const access = useAccess();
  return (
    <>
      <a class="skip" href="#main" onClick={skipToMain}>
        Skip to the ledger
      </a>
      <Hero />
      <main id="main" tabIndex={-1}>
        <Ledger key={route.ledger} route={route} access={access} />
      </main>
      <footer class="footer">
        <p>
          The page asks this server and nobody else. Tree and proofs: RFC 6962. Checkpoint and tiles: C2SP. Signatures:
          Ed25519, verified strictly by the same code that signs.
        </p>
      </footer>
    </>
  );
}

function Ledger({ route: { ledger, index }, access }: { route: Route; access: Access }) {
  const [live, setLive] = useState(true);
  const { state, reload } = useLedger(ledger, access, live);
  const info = state.kind === "ready" ? state.info : undefined;
  const pinned = usePin(ledger, info?.verifierKey);

  return (
    <>
      <LedgerBar ledger={ledger} info={info} pinned={pinned} />
      {state.kind === "loading" && (
        <p class="card empty" role="status">
          Opening “{ledger}”…
        </p>
      )}
      {state.kind === "failed" && <Failure error={state.error} what={`“${ledger}” could not be opened`} retry={reload} />}
      {state.kind === "missing" && <CreateLedger ledger={ledger} access={access} created={reload} />}
      {state.kind === "ready" && (
        <>
          {state.trouble && <Failure error={state.trouble} what="What you see may be out of date" retry={reload} />}
          <div class={index === undefined ? "desk" : "desk desk-open"}>
            <Side ledger={ledger} size={state.info.size} access={access} open={index} reload={reload} live={live} setLive={setLive} />
            {index === undefined ? (
              <Preview />
            ) : (
              <RecordView key={index} ledger={ledger} index={index} access={access} trusted={pinned.pin?.key} />
            )}
          </div>
        </>
      )}
    </>
  );
}

interface SideProps {
  ledger: string;
  size: string;
  access: Access;
  open: string | undefined;
  reload: () => void;
  live: boolean;
  setLive: (live: boolean) => void;
}

function Side({ ledger, size, access, open, reload, live, setLive }: SideProps) {
  const records = useRecords(ledger, size, access);
  const appended = (index: string) => {
    reload();
    location.hash = toHash({ ledger, index });
  };
  return (
    <div class="side">
      <AppendForm ledger={ledger} access={access} appended={appended} />
      <RecordList ledger={ledger} records={records} open={open} live={live} setLive={setLive} />
    </div>
  );
}

function Preview() {
  return (
    <section class="card stack record" aria-labelledby="preview-title">
      <h2 id="preview-title">Open a record to check it</h2>
      <p class="soft">Its receipt goes through these ten checks, in this order. The first that fails refuses the whole receipt.</p>
      <Steps />
    </section>
  );
}

// The address carries the route, so a fragment link to #main would be read as one.
function skipToMain(event: Event) {
  event.preventDefault();
  document.getElementById("main")?.focus();
}
