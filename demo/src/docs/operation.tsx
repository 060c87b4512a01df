// One call: what it does, its parameters and body, and its answer when it is tried out.
import { useState } from "preact/hooks";
import { Field, Notice } from "../views/parts.tsx";
import { addressOf, sampleOf, type Document, type Operation } from "./document.ts";

interface Answer {
  status: number;
  headers: string;
  body: string;
}

/** Longer answers are cut for the eye. */
const SHOWN = 20_000;

export function OperationView({ operation, document, token }: { operation: Operation; document: Document; token: string }) {
  const { id, method, path, summary, description, parameters = [], responses = {} } = operation;
  return (
    <details class="operation" id={id}>
      <summary>
        <code class="method">{method}</code> <code>{path}</code> <span class="soft">{summary ?? description?.split("\n")[0]}</span>
      </summary>
      <div class="stack operation-body">
        {description && <p class="soft">{description}</p>}
        <Try operation={operation} document={document} token={token} parameters={parameters} />
        <h3>Answers</h3>
        <dl class="responses">
          {Object.entries(responses).map(([status, response]) => (
            <div key={status}>
              <dt>
                <code>{status}</code>
              </dt>
              <dd>{response.description}</dd>
            </div>
          ))}
        </dl>
      </div>
    </details>
  );
}

function Try({ operation, document, token, parameters }: { operation: Operation; document: Document; token: string; parameters: NonNullable<Operation["parameters"]> }) {
  const { id, method, bodyType, requestBody } = operation;
  const [values, setValues] = useState<Record<string, string>>({});
  const [body, setBody] = useState(() => (bodyType ? JSON.stringify(sampleOf(requestBody?.content?.[bodyType]?.schema, document), null, 2) : ""));
  const [answer, setAnswer] = useState<Answer>();
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);

  const send = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(undefined);
    try {
      setAnswer(await ask(operation, values, bodyType ? body : undefined, token));
    } catch {
      setError("The server did not answer.");
    }
    setBusy(false);
  };

  return (
    <form class="stack" onSubmit={(event) => void send(event)} aria-label={`Try ${method} ${operation.path}`}>
      {parameters.map(({ name, in: place, required, description }) => (
        <Field
          key={`${place}.${name}`}
          id={`${id}-${place}-${name}`}
          label={`${name} (${place})`}
          value={values[`${place}.${name}`] ?? ""}
          set={(value) => setValues({ ...values, [`${place}.${name}`]: value })}
          optional={!required}
          {...(description && { hint: description })}
        />
      ))}
      {bodyType && <Field id={`${id}-body`} label={`Body, ${bodyType}`} value={body} set={setBody} rows={8} input={{ class: "mono" }} />}
      <p>
        <button type="submit" class="button button-primary" aria-disabled={busy}>
          {busy ? "Sending…" : `Send ${method}`}
        </button>
      </p>
      {error && <Notice tone="refused" title={error} />}
      {answer && <AnswerView answer={answer} />}
    </form>
  );
}

function AnswerView({ answer }: { answer: Answer }) {
  return (
    <div class="stack" role="status" data-testid="answer">
      <p>
        <strong>{answer.status}</strong>
      </p>
      <pre class="payload" tabIndex={0} aria-label="Answer">
        {answer.body.slice(0, SHOWN)}
      </pre>
      <details class="snippet">
        <summary>Headers</summary>
        <pre class="payload" tabIndex={0} aria-label="Answer headers">
          {answer.headers}
        </pre>
      </details>
    </div>
  );
}

async function ask(operation: Operation, values: Record<string, string>, body: string | undefined, token: string): Promise<Answer> {
  const headers: Record<string, string> = {};
  if (token !== "") headers["Authorization"] = `Bearer ${token}`;
  if (body !== undefined && operation.bodyType) headers["Content-Type"] = operation.bodyType;
  for (const { name, in: place } of operation.parameters ?? []) {
    const value = values[`${place}.${name}`] ?? "";
    if (place === "header" && value !== "") headers[name] = value;
  }
  const response = await fetch(addressOf(operation, values), { method: operation.method, headers, body: body ?? null, cache: "no-store" });
  const text = await response.text();
  return { status: response.status, headers: [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n"), body: pretty(text) };
}

/** JSON with line breaks, unless JavaScript would round or drop something of it. */
function pretty(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return JSON.stringify(value) === text ? JSON.stringify(value, null, 2) : text;
  } catch {
    return text;
  }
}
