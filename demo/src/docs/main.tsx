// The API's own page at /docs: its OpenAPI description, each call with a form that tries it out on this server.
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Failure, Field } from "../views/parts.tsx";
import { operationsOf, type Document } from "./document.ts";
import { OperationView } from "./operation.tsx";
import "../tokens.css";
import "../page.css";
import "../forms.css";
import "../record.css";
import "../proof.css";
import "./docs.css";

function Docs() {
  const [document, setDocument] = useState<Document>();
  const [error, setError] = useState<Error>();
  const [token, setToken] = useState("");
  useEffect(() => {
    void readDocument().then(setDocument, setError);
  }, []);

  const operations = document ? operationsOf(document) : [];
  return (
    <>
      <header class="hero">
        <div class="hero-words">
          <p class="eyebrow">StateLedger API {document?.info.version}</p>
          <h1>Every call, and what it answers</h1>
          <p class="lead">
            Described by the server itself (<a href="/openapi.json">openapi.json</a>, OpenAPI 3.1). Calls go to this server and nowhere else;
            what you send is really done. See a ledger prove itself in the <a href="/">Explorer</a>.
          </p>
        </div>
      </header>
      <main class="stack docs">
        <Field
          id="token"
          label="Access token"
          value={token}
          set={setToken}
          optional
          hint="Sent with every call below; it stays in this page's memory."
          input={{ type: "password", class: "mono" }}
        />
        {error && <Failure error={error} what="The description could not be read" />}
        {!document && !error && <p role="status">Reading the description…</p>}
        {document &&
          [...new Set(operations.map(({ tag }) => tag))].map((tag) => (
            <section key={tag} class="card stack" aria-labelledby={`tag-${tag}`}>
              <h2 id={`tag-${tag}`}>{tag}</h2>
              {operations
                .filter((operation) => operation.tag === tag)
                .map((operation) => (
                  <OperationView key={operation.id} operation={operation} document={document} token={token} />
                ))}
            </section>
          ))}
      </main>
    </>
  );
}

async function readDocument(): Promise<Document> {
  const answer = await fetch("/openapi.json");
  if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
  return answer.json() as Promise<Document>;
}

const root = document.getElementById("app");
if (root) render(<Docs />, root);
