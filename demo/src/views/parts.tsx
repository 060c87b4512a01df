// Small pieces that every view uses.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

/** A button that copies `value` and says so. */
export function Copy({ value, what }: { value: string; what: string }) {
  const [said, setSaid] = useState("");
  const copy = async () => {
    const copied = await navigator.clipboard?.writeText(value).then(
      () => true,
      () => false,
    );
    setSaid(copied ? "Copied" : "Not allowed");
    setTimeout(() => setSaid(""), 1600);
  };
  return (
    <>
      <button type="button" class="copy" onClick={copy} aria-label={`Copy ${what}`}>
        <span aria-hidden="true">{said || "Copy"}</span>
      </button>
      <span class="unseen" role="status">
        {said && `${what}: ${said.toLowerCase()}`}
      </span>
    </>
  );
}

/** A long hash or key: its two ends, the whole on hover, and a button that copies it. */
export function Digest({ value, what }: { value: string; what: string }) {
  const short = value.length > 24 ? `${value.slice(0, 10)}…${value.slice(-10)}` : value;
  return (
    <span class="digest">
      <code title={value}>{short}</code>
      <Copy value={value} what={what} />
    </span>
  );
}

/** The mark of a state: a shape of its own, so that it reads without colour. */
export function Mark({ state }: { state: "passed" | "failed" | "skipped" | "unreached" }) {
  const shape = {
    passed: <path d="m4.5 8.5 2.4 2.4 4.8-5.4" />,
    failed: <path d="m5 5 6 6m0-6-6 6" />,
    skipped: <path d="M5 8h6" />,
    unreached: null,
  }[state];
  return (
    <svg class={`mark mark-${state}`} viewBox="0 0 16 16" aria-hidden="true">
      {shape}
    </svg>
  );
}

/** A notice in one of the page's tones, with an optional way on. */
export function Notice({ tone, title, children }: { tone: "plain" | "refused"; title: string; children?: ComponentChildren }) {
  return (
    <div class={`notice notice-${tone}`} role={tone === "refused" ? "alert" : undefined}>
      <p class="notice-title">
        {tone === "refused" && <Mark state="failed" />}
        {title}
      </p>
      {children}
    </div>
  );
}

/** What failed or was refused: what was said, its code, and a button that tries again. */
export function Failure({ error, what, retry }: { error: Error & { code?: unknown }; what: string; retry?: () => void }) {
  return (
    <Notice tone="refused" title={what}>
      <p>
        {error.message} {typeof error.code === "string" && <code>{error.code}</code>}
      </p>
      {retry && (
        <button type="button" class="button" onClick={retry}>
          Try again
        </button>
      )}
    </Notice>
  );
}

/** A labelled text field with an optional hint and error, tied together for assistive technology. */
export function Field(props: {
  id: string;
  label: string;
  value: string;
  set: (value: string) => void;
  hint?: string;
  error?: string | undefined;
  /** `untold`: where every field of a form is. */
  optional?: boolean | "untold";
  input?: Record<string, unknown> | undefined;
  rows?: number;
}) {
  const { id, label, value, set, hint, error, optional, input, rows } = props;
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  const common = {
    id,
    value,
    required: !optional,
    "aria-describedby": described || undefined,
    "aria-invalid": error ? true : undefined,
    autocomplete: "off",
    spellcheck: false,
    onInput: (event: Event) => set((event.currentTarget as HTMLInputElement).value),
    ...input,
  };
  return (
    <div class="field">
      <label for={id}>
        {label} {optional === true && <span class="soft">optional</span>}
      </label>
      {rows ? <textarea rows={rows} {...common} /> : <input type="text" {...common} />}
      {hint && (
        <p id={`${id}-hint`} class="hint">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} class="field-error">
          <Mark state="failed" /> {error}
        </p>
      )}
    </div>
  );
}

/** A set of radio buttons drawn as one bar. */
export function Choice<T extends string>(props: {
  name: string;
  legend: string;
  value: T;
  set: (value: T) => void;
  options: { value: T; label: string }[];
}) {
  return (
    <fieldset class="choice">
      <legend>{props.legend}</legend>
      <div class="choice-bar">
        {props.options.map(({ value, label }) => (
          <label key={value}>
            <input
              type="radio"
              name={props.name}
              value={value}
              checked={props.value === value}
              onChange={() => props.set(value)}
            />
            <span>{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** What a verification leaves open, each in words. */
export function NotChecked({ words, heading: Heading = "h4" }: { words: Record<string, string>; heading?: "h3" | "h4" }) {
  return (
    <>
      <Heading>Not checked</Heading>
      <ul class="not-checked">
        {Object.entries(words).map(([name, said]) => (
          <li key={name}>
            <code>{name}</code> <span>{said}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

/** A moment as the ledger wrote it, without the letters that help no reader. */
export function Moment({ time }: { time: string }) {
  return <time dateTime={time}>{time.replace("T", " ").replace(/(\.\d+)?Z$/, " UTC")}</time>;
}
