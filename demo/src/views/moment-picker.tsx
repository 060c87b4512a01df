import { useEffect, useState } from "preact/hooks";
import { Digest, Failure, Mark } from "./parts.tsx";

/** The root of a moment: on its way, proven, or refused. */
export interface MomentRoot {
  hash?: string | undefined;
  error?: Error | undefined;
}

interface Props {
  id: string;
  label: string;
  size: number;
  /** The largest size that can be chosen. */
  last: number;
  /** Milliseconds since 1970, of the moment's last record; absent where there is none, or while it is not known. */
  time: number | undefined;
  root: MomentRoot;
  set: (size: number) => void;
  /** Given what the time's field holds. */
  pick: (local: string) => void;
  /** Whether the slider sets nothing before it is let go: every moment is asked of the server. */
  settle?: boolean;
}

/** A slider over sizes, a field for a time, and the checkpoint of the moment. */
export function MomentPicker({ id, label, size, last, time, root, set, pick, settle = false }: Props) {
  const [drawn, setDrawn] = useState(size);
  useEffect(() => setDrawn(size), [size]);
  const shown = settle ? drawn : size;
  const at = (event: Event) => Number((event.currentTarget as HTMLInputElement).value);
  return (
    <fieldset class="moment stack">
      <legend>{label}</legend>
      <label for={`${id}-size`}>
        Size <output data-testid={`${id}-value`}>{shown.toLocaleString("en")}</output>
      </label>
      <input
        id={`${id}-size`}
        type="range"
        min="0"
        max={last}
        step="1"
        value={shown}
        onInput={(event) => (settle ? setDrawn(at(event)) : set(at(event)))}
        onChange={(event) => settle && set(at(event))}
      />
      <label for={`${id}-time`}>Time, UTC</label>
      <input
        id={`${id}-time`}
        type="datetime-local"
        step="0.001"
        value={time === undefined ? "" : new Date(time).toISOString().slice(0, -1)}
        onChange={(event) => event.currentTarget.value !== "" && pick(event.currentTarget.value)}
      />
      {root.error && <Failure error={root.error} what="The root of that moment could not be proven" />}
      {!root.error && !root.hash && <p class="roots soft">Proving the root of that moment…</p>}
      {root.hash && (
        <>
          <p class="roots">
            <Mark state="passed" /> Root of that moment, a proven prefix of the signed head
          </p>
          <Digest value={root.hash} what={`root at size ${size}`} />
        </>
      )}
    </fieldset>
  );
}
