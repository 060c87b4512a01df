import { useEffect, useState } from "preact/hooks";
import { useAccess, type Access } from "./state/access.ts";
import { useLedger } from "./state/ledger.ts";
import { useLog, type Log } from "./state/log.ts";
import { usePin } from "./state/pin.ts";
import { nameOf, toHash, useRoute, type Source, type View } from "./state/route.ts";
import { AppendFold } from "./views/append-fold.tsx";
import { Hero } from "./views/hero.tsx";
import { later } from "./views/later.tsx";
import { LogBar } from "./views/log-bar.tsx";
import { Failure } from "./views/parts.tsx";
import { Records } from "./views/records.tsx";
import { Steps } from "./views/step-list.tsx";

// What a visitor does not see at first is loaded when he asks for it.
const AuditView = later(() => import("./views/audit-view.tsx").then((module) => module.AuditView));
const CreateLedger = later(() => import("./views/create-ledger.tsx").then((module) => module.CreateLedger));
const LedgersView = later(() => import("./views/ledgers-view.tsx").then((module) => module.LedgersView));
const PasteKey = later(() => import("./views/paste-key.tsx").then((module) => module.PasteKey));
const RecordView = later(() => import("./views/record-view.tsx").then((module) => module.RecordView));
const TimeMachine = later(() => import("./views/time-machine.tsx").then((module) => module.TimeMachine));
const VerifyFile = later(() => import("./views/verify-file.tsx").then((module) => module.VerifyFile));

/** The whole page. */
export function App() {
  const route = useRoute();
  const access = useAccess();
  const dropped = useDropped();
  return (
    <>
      <a class="skip" href="#main" onClick={skipToMain}>
        Skip to the ledger
      </a>
      <Hero whole={route.kind === "ledgers"} />
      <main id="main" tabIndex={-1}>
        {route.kind === "ledgers" && <LedgersView access={access} />}
        {route.kind === "verify" && <VerifyFile dropped={dropped} />}
        {route.kind === "log" && route.source.kind === "own" && (
          <OwnLedger key={route.source.ledger} source={route.source} ledger={route.source.ledger} view={route.view} access={access} />
        )}
        {route.kind === "log" && route.source.kind === "foreign" && <ForeignLog key={route.source.url} source={route.source} view={route.view} access={access} />}
      </main>
      <footer class="footer">
        <p>
          The page asks the server of the log you opened and nobody else. Tree and proofs: RFC 6962. Checkpoint and tiles: C2SP.
          Signatures: Ed25519, verified strictly by the same code that signs. Have a receipt or a bundle? Drop it anywhere here, or <a href="#verify">verify a file</a>. Every call of the API: <a href="/docs">its description</a>.
        </p>
      </footer>
    </>
  );
}

/** The file that was last dropped on the page: wherever that is, it is verified. */
function useDropped(): File | undefined {
  const [file, setFile] = useState<File>();
  useEffect(() => {
    const over = (event: DragEvent) => event.dataTransfer?.types.includes("Files") && event.preventDefault();
    const drop = (event: DragEvent) => {
      const first = event.dataTransfer?.files[0];
      if (!first) return;
      event.preventDefault();
      setFile(first);
      location.hash = "#verify";
    };
    addEventListener("dragover", over);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragover", over);
      removeEventListener("drop", drop);
    };
  }, []);
  return file;
}

/** A ledger of this server: its API describes it, creates it, and takes records. */
function OwnLedger({ source, ledger, view, access }: { source: Source; ledger: string; view: View; access: Access }) {
  const [live, setLive] = useState(true);
  const { state, reload } = useLedger(ledger, access);
  const presented = state.kind === "ready" ? state.info.verifierKey : undefined;
  const pinned = usePin(ledger, presented);
  const log = useLog(source, presented === undefined ? undefined : pinned.pin?.key, access, live);

  return (
    <>
      <LogBar source={source} view={view} log={log} pinned={pinned} presented={presented} opening={state.kind === "loading" || state.kind === "ready"} />
      {state.kind === "loading" && <Opening name={ledger} />}
      {state.kind === "failed" && <Failure error={state.error} what={`“${ledger}” could not be opened`} retry={reload} />}
      {state.kind === "missing" && <CreateLedger ledger={ledger} access={access} created={reload} />}
      {state.kind === "ready" && (
        <Views
          source={source}
          view={view}
          access={access}
          log={log}
          trusted={pinned.pin?.key}
          live={live}
          setLive={setLive}
          append={<AppendFold ledger={ledger} rules={state.info.rules} origin={state.info.origin} trusted={pinned.pin?.key} access={access} appended={(index) => {
            log.look();
            if (index !== undefined) location.hash = toHash(source, { kind: "records", index });
          }} />}
        />
      )}
    </>
  );
}

/** Any other C2SP tlog-tiles log: it is only read, under a key that the visitor brings. */
function ForeignLog({ source, view, access }: { source: Source; view: View; access: Access }) {
  const [live, setLive] = useState(false);
  const pinned = usePin(nameOf(source), undefined);
  const log = useLog(source, pinned.pin?.key, access, live);
  return (
    <>
      <LogBar source={source} view={view} log={log} pinned={pinned} presented={undefined} opening={pinned.pin !== undefined} />
      {pinned.pin ? (
        <Views source={source} view={view} access={access} log={log} trusted={pinned.pin.key} live={live} setLive={setLive} />
      ) : (
        <PasteKey name={nameOf(source)} paste={pinned.paste} />
      )}
    </>
  );
}

interface ViewsProps {
  source: Source;
  view: View;
  access: Access;
  log: Log;
  trusted: string | undefined;
  live: boolean;
  setLive: (live: boolean) => void;
  /** The form that appends, where the log takes records. */
  append?: preact.ComponentChildren;
}

function Views({ source, view, access, log, trusted, live, setLive, append }: ViewsProps) {
  const { state, client, place } = log;
  const known = state.kind === "open" || state.kind === "contradicted" ? state.known : undefined;
  const desk = view.kind === "records" || !known;
  const { index: open, filter } = view.kind === "records" ? view : {};
  return (
    <>
      {known && view.kind === "time" && <TimeMachine source={source} place={place} known={known} size={view.size} from={view.from} />}
      {known && view.kind === "audit" && <AuditView source={source} place={place} size={known.head.size} />}
      <div class={!desk ? "" : open === undefined ? "desk" : "desk desk-open"} hidden={!desk}>
        <div class="side">
          {/* In one place: whichever view is open, what is written stays, and what waits to be appended goes out. */}
          {append}
          {desk && known && <Records source={source} client={client} place={place} known={known} open={open} filter={filter} live={live} setLive={setLive} />}
          {state.kind === "opening" && <Opening name={nameOf(source)} />}
        </div>
        {desk && open === undefined && <Preview />}
        {desk && open !== undefined && <RecordView key={open} source={source} index={open} filter={filter} access={access} trusted={trusted} client={client} place={place} />}
      </div>
    </>
  );
}

function Opening({ name }: { name: string }) {
  return (
    <p class="card empty" role="status">
      Opening “{name}”…
    </p>
  );
}

function Preview() {
  return (
    <section class="card stack record" aria-labelledby="preview-title">
      <h2 id="preview-title">Open a record to check it</h2>
      <p class="soft">
        Its receipt goes through these ten checks, in this order, in WebAssembly on your machine. The first that fails refuses the whole
        receipt: flip any byte of it and see which.
      </p>
      <Steps />
    </section>
  );
}

// The address carries the route, so a fragment link to #main would be read as one.
function skipToMain(event: Event) {
  event.preventDefault();
  document.getElementById("main")?.focus();
}
