// The proof as a picture: payload, entry and leaf at the bottom, the way up, the signed root at the top.
import { useState } from "preact/hooks";
import type { MerklePath, PathStep } from "../merkle-path.ts";
import { STEPS, type StepState } from "../steps.ts";
import { Digest, Mark } from "./parts.tsx";

/** What a part of the picture stands for: it fails with the first of its checks that does. */
const STATIONS = {
  key: { title: "Trusted key", checks: ["origin"] },
  checkpoint: { title: "Signed checkpoint", checks: ["receipt", "checkpoint", "signatures", "quorum"] },
  path: { title: "Path", checks: ["proof", "inclusion"] },
  entry: { title: "Entry", checks: ["entry", "authors"] },
  payload: { title: "Payload", checks: ["payload"] },
} as const;

type Station = keyof typeof STATIONS;

// Units of the drawing.
const WIDTH = 360;
const MIDDLE = WIDTH / 2;
const ROW = 46;
const ASIDE = 92;
const BOX = { width: 190, height: 34 };
const NODE = 9;

interface Props {
  path: MerklePath | undefined;
  states: StepState[];
}

/** The drawing with its computation, one step at a time. */
export function ProofDrawing({ path, states }: Props) {
  const [chosen, setChosen] = useState(0);
  if (!path) return <p class="soft">Receipt and proof can’t be read far enough to draw them.</p>;
  const last = path.steps.length;
  const step = Math.min(chosen, last);
  return (
    <div class="drawing stack">
      <Picture path={path} states={states} chosen={step} choose={setChosen} />
      <div class="buttons">
        <button type="button" class="button" aria-disabled={step === 0} onClick={() => setChosen(Math.max(0, step - 1))}>
          Step back
        </button>
        <button type="button" class="button" aria-disabled={step === last} onClick={() => setChosen(Math.min(last, step + 1))}>
          Next step
        </button>
        <span class="soft" role="status" data-testid="path-step">
          Step {step} of {last}
        </span>
      </div>
      {step === 0 ? <Leaf path={path} /> : <Computation step={path.steps[step - 1]} number={step} />}
      {step === last && <Roots path={path} />}
    </div>
  );
}

function Picture({ path, states, chosen, choose }: Props & { path: MerklePath; chosen: number; choose: (step: number) => void }) {
  const height = (path.steps.length + 5) * ROW;
  const nodeY = (level: number) => height - ROW * 2.6 - level * ROW;
  const rootY = nodeY(path.steps.length);
  const way = WAYS[stateOf("path", states)];
  return (
    <svg class="proof-picture" viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={describe(path, states)}>
      <line class="link" x1={MIDDLE} x2={MIDDLE} y1={ROW * 0.4} y2={rootY} />
      <line class="link" x1={MIDDLE} x2={MIDDLE} y1={nodeY(0)} y2={height - ROW * 0.4} />
      {path.steps.map((step, n) => (
        <Step key={n} step={step} y={nodeY(n)} chosen={chosen === n + 1} way={way} choose={() => choose(n + 1)} />
      ))}
      <g class={`path-node ${chosen === 0 ? "path-chosen" : ""} ${way}`} onClick={() => choose(0)}>
        <title>{`Leaf ${path.index}: ${path.leaf}`}</title>
        <rect x={MIDDLE - NODE} y={nodeY(0) - NODE} width={NODE * 2} height={NODE * 2} rx="2" />
        <text x={MIDDLE + NODE + 8} y={nodeY(0) + 4}>{`leaf ${path.index}`}</text>
      </g>
      <g class={`path-node ${way}`}>
        <title>{`Root: ${path.computedRoot}`}</title>
        <circle cx={MIDDLE} cy={rootY} r={NODE + 2} />
        <text x={MIDDLE + NODE + 10} y={rootY + 4}>{`root ${path.computedRoot === path.signedRoot ? "=" : "≠"} signed root`}</text>
      </g>
      <Box station="key" y={ROW * 0.4} states={states} />
      <Box station="checkpoint" y={ROW * 1.5} states={states} />
      <Box station="entry" y={height - ROW * 1.5} states={states} />
      <Box station="payload" y={height - ROW * 0.5} states={states} />
    </svg>
  );
}

/** How the way is drawn where it was not shown to lead to the root. */
const WAYS: Record<StepState, string> = { passed: "", failed: "path-broken", skipped: "path-open", unreached: "path-open" };

/** The sibling beside the way, and the two edges that meet one level up. */
function Step({ step, y, chosen, way, choose }: { step: PathStep; y: number; chosen: boolean; way: string; choose: () => void }) {
  const x = MIDDLE + (step.sibling === "left" ? -ASIDE : ASIDE);
  const sibling = step.sibling === "left" ? step.left : step.right;
  const label = step.sibling === "left" ? { x: x - NODE - 6, anchor: "end" } : { x: x + NODE + 6, anchor: "start" };
  return (
    <g class={`path-step ${chosen ? "path-chosen" : ""} ${way}`} onClick={choose}>
      <path class="edge edge-path" d={`M${MIDDLE} ${y}V${y - ROW}`} />
      <path class="edge edge-proof" d={`M${x} ${y}V${y - ROW / 2}H${MIDDLE}`} />
      <g class="sibling">
        <title>{`From the receipt, ${step.sibling}: ${sibling}`}</title>
        <circle cx={x} cy={y} r={NODE} />
        <text x={label.x} y={y + 4} text-anchor={label.anchor}>
          {sibling.slice(0, 6)}
        </text>
      </g>
      <g class="path-node">
        <title>{`Computed: ${step.parent}`}</title>
        <circle cx={MIDDLE} cy={y - ROW} r={NODE} />
      </g>
    </g>
  );
}

const GLYPH = { passed: "✓", failed: "✗", skipped: "–", unreached: "?" } as const;

function Box({ station, y, states }: { station: Station; y: number; states: StepState[] }) {
  const state = stateOf(station, states);
  return (
    <g class={`station station-${state}`} data-station={station} data-state={state}>
      <rect x={MIDDLE - BOX.width / 2} y={y - BOX.height / 2} width={BOX.width} height={BOX.height} rx="5" />
      <text x={MIDDLE} y={y + 4.5} text-anchor="middle">{`${GLYPH[state]} ${STATIONS[station].title}`}</text>
    </g>
  );
}

/** What became of a station: refused where one of its checks was, else the least that its checks say. */
function stateOf(station: Station, states: StepState[]): StepState {
  // A key that is none is refused before the first check.
  if (station === "key" && states.every((state) => state === "unreached")) return "failed";
  const own = STEPS.flatMap(({ id }, n) => ((STATIONS[station].checks as readonly string[]).includes(id) ? [states[n] ?? "unreached"] : []));
  if (own.includes("failed")) return "failed";
  if (own.includes("unreached")) return "unreached";
  return own.includes("passed") ? "passed" : "skipped";
}

function Leaf({ path }: { path: MerklePath }) {
  return (
    <div class="computation">
      <p>
        The leaf is the hash of the entry’s exact bytes: <code>SHA-256(0x00 ‖ entry)</code>
      </p>
      <Digest value={path.leaf} what="leaf hash" />
    </div>
  );
}

function Computation({ step, number }: { step: PathStep | undefined; number: number }) {
  if (!step) return null;
  return (
    <div class="computation">
      <p>
        Node {number} is <code>SHA-256(0x01 ‖ left ‖ right)</code>; the receipt brings the {step.sibling} one.
      </p>
      <dl class="facts">
        {(["left", "right", "parent"] as const).map((name) => (
          <div key={name}>
            <dt>{name === "parent" ? "the node above" : name}</dt>
            <dd>
              <Digest value={step[name]} what={`${name} hash`} />
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function Roots({ path }: { path: MerklePath }) {
  const same = path.computedRoot === path.signedRoot;
  return (
    <p class="roots" data-testid="roots">
      <Mark state={same ? "passed" : "failed"} />
      {same ? "The way ends at the root that the checkpoint states." : "The way ends elsewhere than at the root that the checkpoint states."}
    </p>
  );
}

function describe({ index, size, steps }: MerklePath, states: StepState[]): string {
  const refused = (Object.keys(STATIONS) as Station[]).find((station) => stateOf(station, states) === "failed");
  const outcome = refused ? `Refused at: ${STATIONS[refused].title}.` : "Every part passed or had nothing to check.";
  return `Leaf ${index} of a tree of ${size} leads over ${steps.length} hashes to the root. ${outcome}`;
}
