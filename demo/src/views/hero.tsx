import { ALL_LEDGERS } from "../state/route.ts";

/** What the page is for, in a sentence, and what it proves, in a picture; in a line where a log is open, which is what matters then. */
export function Hero({ whole }: { whole: boolean }) {
  return (
    <header class={whole ? "hero" : "hero hero-line"}>
      <div class="hero-words">
        <p class="eyebrow">
          StateLedger Explorer · <a href={ALL_LEDGERS}>All ledgers</a>
        </p>
        <h1>
          <span>Don’t take the server’s word.</span> <span>Check the record.</span>
        </h1>
        {whole && (
          <p class="lead">
            This page fetches a record’s receipt and proves, in WebAssembly on your machine, that its exact bytes are in the tree
            whose root the ledger’s key signed. Flip one byte, anywhere, and see which check refuses it.
          </p>
        )}
      </div>
      {whole && <ProofTree />}
    </header>
  );
}

const LEVELS = 4; // 8 leaves, 15 nodes
const LEAF = 5; // the record that the picture proves

/**
 * A tree of eight leaves with the proof of one: the path from the record to the root is drawn
 * solid, the hashes that the receipt brings along are outlined, everything else is not needed.
 */
function ProofTree() {
  const nodes = Array.from({ length: LEVELS }, (_, level) =>
    Array.from({ length: 8 >> level }, (_, n) => ({ level, n, ...place(level, n), role: roleOf(level, n) })),
  ).flat();
  // The path is drawn last, over the edges it crosses.
  const edges = [...nodes].sort((a, b) => Number(a.role === "path") - Number(b.role === "path"));
  return (
    <svg class="tree" viewBox="0 0 320 176" aria-hidden="true">
      {edges.map(({ level, n, x, y, role }) => {
        const parent = place(level + 1, n >> 1);
        return level + 1 < LEVELS && <path class={`edge edge-${role}`} d={`M${x} ${y}V${y - 20}H${parent.x}V${parent.y}`} />;
      })}
      {nodes.map(({ level, x, y, role }) => (
        <rect class={`node node-${role}`} x={x - 8} y={y - 8} width="16" height="16" rx={level === 0 ? 2 : 8} />
      ))}
    </svg>
  );
}

function place(level: number, n: number) {
  const span = 40 << level;
  return { x: span * n + span / 2, y: 160 - level * 48 };
}

function roleOf(level: number, n: number): "path" | "proof" | "rest" {
  const own = LEAF >> level;
  return n === own ? "path" : n === (own ^ 1) ? "proof" : "rest";
}
