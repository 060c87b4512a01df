import { STEPS, type StepState } from "../steps.ts";
import { Mark } from "./parts.tsx";

const WORDS: Record<StepState, string> = {
  passed: "passed",
  failed: "failed",
  skipped: "nothing to check",
  unreached: "not reached",
};

/** The steps in their order, each with what became of it; without an outcome, as a preview. */
export function Steps({ states }: { states?: StepState[] }) {
  return (
    <ol class="steps">
      {STEPS.map((step, n) => {
        const state = states?.[n];
        return (
          <li key={step.id} class={`step step-${state ?? "unreached"}`} data-step={step.id} data-state={state}>
            <Mark state={state ?? "unreached"} />
            <div>
              <p class="step-title">
                {step.title} {state && <span class="step-word">{WORDS[state]}</span>}
              </p>
              <p class="step-proves">{(state === "skipped" && step.idle) || step.proves}</p>
            </div>
          </li>
        );
      })}
    </ol>
  );
}
