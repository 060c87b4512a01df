// A receipt or an audit bundle from a file, verified here with no server.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { asError } from "../as-error.ts";
import { inWords } from "../bytes.ts";
import { partsOf } from "../parts.ts";
import { pinnedKeys } from "../state/pinned-keys.ts";
import { thread } from "../thread/start.ts";
import type { BundleFacts, FileVerdict } from "../thread/file.ts";
import { Digest, Failure, Field, Mark, Moment, Notice } from "./parts.tsx";
import { Steps } from "./step-list.tsx";
import { Banner, Facts, NotCheckedList } from "./verdict.tsx";
import "../proof.css";
import "../time.css";

/** Larger files are no receipts, and bundles have a limit of their own. */
const MAX_FILE_BYTES = 256 << 20;

type Verified = FileVerdict | { kind: "refused"; error: Error };

/** `dropped` is a file that was dropped anywhere on the page. */
export function VerifyFile({ dropped }: { dropped: File | undefined }) {
  const [key, setKey] = useState("");
  const [given, setGiven] = useState<{ file: File; key: string }>();
  const [over, setOver] = useState(false);
  const picker = useRef<HTMLInputElement>(null);
  const verified = useVerified(given);
  // A verdict is of the key that it was made under: while another one is typed there is none.
  const under = given && given.key !== "" && given.key === key.trim() ? given : undefined;

  // Now, so that a file can be verified when the network is gone. Where it fails, the first file says so.
  useEffect(() => void thread().catch(() => {}), []);

  const take = (file: File | undefined) => file && setGiven({ file, key: key.trim() });
  useEffect(() => {
    setOver(false);
    take(dropped);
  }, [dropped]);
  return (
    <section class="card stack" aria-labelledby="verify-title">
      <h2 id="verify-title">Verify a file</h2>
      <p class="soft">A receipt or an audit bundle is checked in this browser. The file goes nowhere, and no server is asked.</p>
      <Field
        id="verify-key"
        label="Verifier key that you trust"
        value={key}
        set={setKey}
        input={{ class: "mono", placeholder: "name+hash+base64", list: "pinned-keys", onChange: () => take(given?.file) }}
      />
      <datalist id="pinned-keys">
        {pinnedKeys().map((pinned) => (
          <option key={pinned} value={pinned} />
        ))}
      </datalist>
      <div class={`drop ${over ? "drop-over" : ""}`} data-testid="drop" onDragOver={() => setOver(true)} onDragLeave={() => setOver(false)}>
        <p>Drop a receipt or a bundle here</p>
        <label class="button" for="verify-file">
          or choose a file
        </label>
        <input ref={picker} id="verify-file" class="unseen" type="file" onChange={() => take(picker.current?.files?.[0])} />
      </div>
      {given && !under && (
        <Notice tone="plain" title="Under whose key?">
          <p>Enter the verifier key of the ledger that {given.file.name} is said to be of: only its signature counts.</p>
        </Notice>
      )}
      {under && <Result name={under.file.name} given={under} verified={verified} />}
    </section>
  );
}

/** What a file turned out to be under a key; nothing until that is known. */
function useVerified(given: { file: File; key: string } | undefined): Verified | undefined {
  const [verified, setVerified] = useState<Verified>();
  useEffect(() => {
    setVerified(undefined);
    if (!given || given.key === "") return;
    let current = true;
    void verify(given.file, given.key).then((now) => current && setVerified(now));
    return () => {
      current = false;
    };
  }, [given]);
  return verified;
}

async function verify(file: File, key: string): Promise<Verified> {
  try {
    if (file.size > MAX_FILE_BYTES) throw new RangeError("The file is too large to be a receipt or a bundle.");
    const bytes = new Uint8Array(await file.arrayBuffer());
    return await (await thread()).verifyFile(bytes, key);
  } catch (thrown) {
    return { kind: "refused", error: asError(thrown) };
  }
}

function Result({ name, given, verified }: { name: string; given: { key: string }; verified: Verified | undefined }) {
  if (!verified) {
    return (
      <p class="empty" role="status">
        Verifying {name}…
      </p>
    );
  }
  if (verified.kind === "refused") return <Failure error={verified.error} what={`${name} is refused`} />;
  if (verified.kind === "bundle") return <BundleResult name={name} facts={verified.facts} />;
  return <ReceiptResult verdict={verified} trusted={given.key} />;
}

function ReceiptResult({ verdict: { receipt, outcome }, trusted }: { verdict: Extract<FileVerdict, { kind: "receipt" }>; trusted: string }) {
  const parts = useMemo(() => partsOf({ receipt, key: trusted }), [receipt, trusted]);
  const [payload, entry] = (["payload", "entry"] as const).map((id) => parts.find((part) => part.id === id)?.bytes);
  return (
    <>
      <Banner outcome={outcome} />
      <Steps states={outcome.states} />
      {outcome.verified && <Facts verdict={outcome.verdict} payload={payload} entry={entry} missing={<p class="soft">Not in this receipt.</p>} />}
    </>
  );
}

function BundleResult({ name, facts }: { name: string; facts: BundleFacts }) {
  const { origin, size, root, signers, notChecked, count, first } = facts;
  return (
    <>
      <div class="banner banner-passed" role="status" data-testid="bundle-result">
        <Mark state="passed" />
        <div>
          <p class="banner-title">
            {name} holds: {inWords(count, "record")} of {origin}
          </p>
          <p class="banner-detail">Under a signed head of {inWords(size, "record")}.</p>
        </div>
      </div>
      <dl class="facts">
        <div>
          <dt>Root hash</dt>
          <dd>
            <Digest value={root} what="root hash" />
          </dd>
        </div>
        <div>
          <dt>Signed by</dt>
          <dd>{signers.join(", ")}</dd>
        </div>
      </dl>
      {first.length > 0 && <BundleRecords first={first} />}
      {count > first.length && <p class="hint">The first {first.length} of {count.toLocaleString("en")}.</p>}
      <NotCheckedList names={notChecked} />
    </>
  );
}

function BundleRecords({ first }: { first: BundleFacts["first"] }) {
  return (
    <div class="table-box" tabIndex={0} role="region" aria-label="Records of the bundle">
      <table>
        <thead>
          <tr>
            {["Record", "Type", "Source", "Subject", "Time", "Payload"].map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {first.map(({ index, type, source, subject, time, payload }) => (
            <tr key={index}>
              <th scope="row">{index}</th>
              <td>{type}</td>
              <td>{source}</td>
              <td>{subject}</td>
              <td>
                <Moment time={time} />
              </td>
              <td>{payload}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
