import { useState } from "preact/hooks";
import { inWords, glyph, hexByte } from "../bytes.ts";
import { FLIPPED_BIT, flip, type Flip, type Part, type PartId } from "../parts.ts";
import { Choice, Field } from "./parts.tsx";

/** How many bytes are shown around the chosen one. */
const WINDOW = 24;

interface Props {
  parts: Part[];
  flipped: Flip | undefined;
  setFlipped: (flipped: Flip | undefined) => void;
}

/** Changes one byte of what the server sent, so that the visitor can see which check notices. */
export function FlipPanel({ parts, flipped, setFlipped }: Props) {
  const [id, setId] = useState<PartId>(parts[0]?.id ?? "receipt");
  const [at, setAt] = useState("0");
  const part = parts.find((candidate) => candidate.id === id) ?? parts[0];
  if (!part) return null;
  const position = clamp(at, part.bytes.length);

  const choose = (next: PartId) => {
    setId(next);
    setAt("0");
    setFlipped(undefined);
  };
  const flipAt = (where: number) => {
    setAt(String(where));
    setFlipped(flip(part, where));
  };

  return (
    <form
      class="flip stack"
      aria-labelledby="flip-title"
      onSubmit={(event) => {
        event.preventDefault();
        flipAt(position);
      }}
    >
      <h3 id="flip-title">Tamper lab: flip a byte</h3>
      <p class="hint">Change one bit of what the server sent, or of the key that judges it, and see which step notices.</p>
      <Choice
        name="part"
        legend="In the"
        value={part.id}
        set={choose}
        options={parts.map(({ id: value, title: label }) => ({ value, label }))}
      />
      {part.id !== "payload" && !parts.some(({ id: other }) => other === "payload") && (
        <p class="hint">This receipt holds no payload.</p>
      )}
      <Field
        id="position"
        label={`Byte, 0 to ${part.bytes.length - 1}`}
        value={at}
        set={(value) => {
          setAt(value);
          setFlipped(undefined);
        }}
        hint={`${inWords(part.bytes.length, "byte")}: ${part.about}`}
        input={{ type: "number", min: 0, max: part.bytes.length - 1, step: 1, inputMode: "numeric" }}
      />
      <Bytes part={part} position={position} flipped={flipped !== undefined} />
      <div class="buttons">
        <button type="submit" class="button button-primary">
          Flip this byte
        </button>
        <button type="button" class="button" onClick={() => flipAt(Math.floor(Math.random() * part.bytes.length))}>
          Flip a random byte
        </button>
        <button type="button" class="button" aria-disabled={!flipped} onClick={() => setFlipped(undefined)}>
          Reset
        </button>
      </div>
    </form>
  );
}

/** The flipped byte in words. */
export function describe({ part, position, before, after }: Flip): string {
  const name = part.id === "receipt" ? "receipt JSON" : part.id === "key" ? "trusted key" : part.id;
  return `Byte ${position} of the ${name} was changed from ${hexByte(before)} to ${hexByte(after)}.`;
}

// The bytes around the chosen one. A flipped byte shows both values: the old one struck out.
function Bytes({ part, position, flipped }: { part: Part; position: number; flipped: boolean }) {
  const start = Math.max(0, Math.min(position - WINDOW / 2, part.bytes.length - WINDOW));
  const shown = Array.from(part.bytes.subarray(start, start + WINDOW));
  const chosen = part.bytes[position] ?? 0;
  return (
    <div class="bytes">
      <p class="unseen">
        Byte {position} is {hexByte(chosen)}
        {flipped && `, changed to ${hexByte(chosen ^ FLIPPED_BIT)}`}.
      </p>
      <div class="bytes-grid" aria-hidden="true" data-testid="bytes">
        {shown.map((byte, n) => (
          <Byte key={start + n} byte={byte} chosen={start + n === position} flipped={flipped} />
        ))}
      </div>
    </div>
  );
}

function Byte({ byte, chosen, flipped }: { byte: number; chosen: boolean; flipped: boolean }) {
  const changed = chosen && flipped;
  const now = changed ? byte ^ FLIPPED_BIT : byte;
  return (
    <span class={`byte ${chosen ? "byte-chosen" : ""} ${changed ? "byte-changed" : ""}`}>
      <span>{hexByte(now)}</span>
      <span class="byte-glyph">{glyph(now)}</span>
      {changed && <s>{hexByte(byte)}</s>}
    </span>
  );
}

function clamp(value: string, length: number): number {
  const number = Math.trunc(Number(value));
  return Number.isFinite(number) ? Math.max(0, Math.min(number, length - 1)) : 0;
}
