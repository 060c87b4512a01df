// A receipt or an audit bundle from a file, verified here with no server.
import { useEffect, useRef, useState } from "preact/hooks";
import { inWords } from "../bytes.ts";
import { thread } from "../thread/start.ts";
import type { BundleFacts, FileVerdict } from "../thread/file.ts";
import type { Outcome } from "../verify.ts";
import { Failure, Field, Mark } from "./parts.tsx";
import { Steps } from "./step-list.tsx";
import { Banner, Facts } from "./verdict.tsx";
import "../proof.css";

/** Larger files are no receipts, and bundles have a limit of their own. */
const MAX_FILE_BYTES = 256 << 20;

type Verified =
  | ({ name: string } & FileVerdict)
  | { kind: "refused"; name: string; error: Error };

export function VerifyFile() {
  const [key, setKey] = useState("");
  const [verified, setVerified] = useState<Verified>();
  const [over, setOver] = useState(false);
  const picker = useRef<HTMLInputElement>(null);

  // Now, so that a file can be verified when the network is gone. Where it fails, the first file says so.
  useEffect(() => void thread().catch(() => {}), []);

  const take = async (files: FileList | null | undefined) => {
    const file = files?.[0];
    if (file) setVerified(await verify(file, key.trim()));
  };
  return (
    <section class="card stack" aria-labelledby="verify-title">
      <h2 id="verify-title">Verify a file</h2>
      <p class="soft">A receipt or an audit bundle is checked in this browser. The file goes nowhere, and no server is asked.</p>
      <Field id="verify-key" label="Verifier key that you trust" value={key} set={setKey} input={{ class: "mono", placeholder: "name+hash+base64" }} />
      <div
        class={`drop ${over ? "drop-over" : ""}`}
        data-testid="drop"
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          void take(event.dataTransfer?.files);
        }}
      >
        <p>Drop a receipt or a bundle here</p>
        <label class="button" for="verify-file">
          or choose a file
        </label>
        <input ref={picker} id="verify-file" class="unseen" type="file" onChange={() => void take(picker.current?.files)} />
      </div>
      {verified?.kind === "refused" && <Failure error={verified.error} what={`${verified.name} is refused`} />}
      {verified?.kind === "receipt" && <ReceiptResult outcome={verified.outcome} />}
      {verified?.kind === "bundle" && <BundleResult name={verified.name} facts={verified.facts} />}
    </section>
  );
}

async function verify(file: File, key: string): Promise<Verified> {
  const { name } = file;
  try {
    if (file.size > MAX_FILE_BYTES) throw new RangeError("The file is too large to be a receipt or a bundle.");
    const bytes = new Uint8Array(await file.arrayBuffer());
    return { name, ...(await (await thread()).verifyFile(bytes, key)) };
  } catch (thrown) {
    return { kind: "refused", name, error: thrown instanceof Error ? thrown : new Error(String(thrown)) };
  }
}

function ReceiptResult({ outcome }: { outcome: Outcome }) {
  return (
    <>
      <Banner outcome={outcome} />
      <Steps states={outcome.states} />
      {outcome.verified && <Facts verdict={outcome.verdict} payload={undefined} entry={undefined} />}
    </>
  );
}

function BundleResult({ name, facts }: { name: string; facts: BundleFacts }) {
  return (
    <div class="banner banner-passed" role="status" data-testid="bundle-result">
      <Mark state="passed" />
      <div>
        <p class="banner-title">
          {name} holds: {inWords(facts.records, "record")} of {facts.origin}
        </p>
        <p class="banner-detail">Under a signed head of {inWords(facts.size, "record")}.</p>
      </div>
    </div>
  );
}
