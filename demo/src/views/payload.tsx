// A payload in the forms that suit it: a tree for JSON, text, bytes in hex, a picture.
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { glyph, hexByte, inWords, strictText } from "../bytes.ts";
import { Choice } from "./parts.tsx";

type Form = "tree" | "text" | "hex" | "image";

const TITLES: Record<Form, string> = { tree: "Tree", text: "Text", hex: "Hex", image: "Image" };

/** Pictures that every browser draws and that run no script. */
const IMAGES = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"];

/** More would make the page slow; the receipt has all of it. */
const SHOWN_BYTES = 4_096;
const SHOWN_CHARACTERS = 65_536;
const SHOWN_MEMBERS = 200;
const OPEN_DEPTH = 2;

/** The payload of a verified receipt. */
export function Payload({ bytes, contentType }: { bytes: Uint8Array; contentType: string }) {
  const forms = useMemo(() => formsOf(bytes, contentType), [bytes, contentType]);
  const [chosen, setChosen] = useState<Form>();
  const form = forms.find((one) => one === chosen) ?? forms[0] ?? "hex";
  return (
    <div class="stack">
      <Choice name="payload-form" legend="Shown as" value={form} set={setChosen} options={forms.map((value) => ({ value, label: TITLES[value] }))} />
      {form === "tree" && <Tree value={JSON.parse(strictText(bytes) ?? "null")} name="payload" depth={0} />}
      {form === "text" && <Text bytes={bytes} />}
      {form === "hex" && <Hex bytes={bytes} />}
      {form === "image" && <Picture bytes={bytes} type={essence(contentType)} />}
    </div>
  );
}

function formsOf(bytes: Uint8Array, contentType: string): Form[] {
  const text = strictText(bytes);
  const forms: Form[] = [];
  if (IMAGES.includes(essence(contentType))) forms.push("image");
  if (text !== undefined && isJson(text)) forms.push("tree");
  if (text !== undefined) forms.push("text");
  return [...forms, "hex"];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function essence(contentType: string): string {
  return (contentType.split(";")[0] ?? "").trim().toLowerCase();
}

/** One value of a JSON document; objects and arrays can be folded. */
function Tree({ value, name, depth }: { value: unknown; name: string; depth: number }): ComponentChildren {
  if (typeof value !== "object" || value === null) {
    return (
      <p class="json-leaf">
        <span class="json-name">{name}</span> <code class={`json-${value === null ? "null" : typeof value}`}>{JSON.stringify(value)}</code>
      </p>
    );
  }
  const members = Object.entries(value);
  const kind = Array.isArray(value) ? inWords(members.length, "element") : inWords(members.length, "member");
  return (
    <details class="json-branch" open={depth < OPEN_DEPTH}>
      <summary>
        <span class="json-name">{name}</span> <span class="soft">{kind}</span>
      </summary>
      <div class="json-members">
        {members.slice(0, SHOWN_MEMBERS).map(([key, member]) => (
          <Tree key={key} value={member} name={key} depth={depth + 1} />
        ))}
        {members.length > SHOWN_MEMBERS && <p class="hint">and {members.length - SHOWN_MEMBERS} more, in “Text”</p>}
      </div>
    </details>
  );
}

function Text({ bytes }: { bytes: Uint8Array }) {
  const text = strictText(bytes) ?? "";
  return (
    <>
      <pre class="payload" tabIndex={0} aria-label="Payload">
        {text.slice(0, SHOWN_CHARACTERS)}
      </pre>
      {text.length > SHOWN_CHARACTERS && <p class="hint">The first {inWords(SHOWN_CHARACTERS, "character")}.</p>}
    </>
  );
}

function Hex({ bytes }: { bytes: Uint8Array }) {
  const rows = useMemo(() => hexRows(bytes.subarray(0, SHOWN_BYTES)), [bytes]);
  return (
    <>
      <pre class="payload hex" tabIndex={0} aria-label="Payload in hex">
        {rows}
      </pre>
      {bytes.length > SHOWN_BYTES && <p class="hint">The first {inWords(SHOWN_BYTES, "byte")} of {bytes.length.toLocaleString("en")}.</p>}
    </>
  );
}

/** Offset, sixteen bytes, and their characters. */
function hexRows(bytes: Uint8Array): string {
  const rows: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = Array.from(bytes.subarray(at, at + 16));
    rows.push(`${at.toString(16).padStart(6, "0")}  ${row.map(hexByte).join(" ").padEnd(47)}  ${row.map(glyph).join("")}`);
  }
  return rows.join("\n");
}

function Picture({ bytes, type }: { bytes: Uint8Array; type: string }) {
  const [url, setUrl] = useState<string>();
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([bytes as BlobPart], { type }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [bytes, type]);
  if (broken) return <p class="soft">The bytes are what was committed to, but they are no {type}.</p>;
  return url ? <img class="payload-image" src={url} alt="The payload, as a picture" onError={() => setBroken(true)} /> : null;
}
