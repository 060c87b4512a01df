import { useState } from "preact/hooks";
import { toHash, type Source } from "../state/route.ts";
import { Field } from "./parts.tsx";

/** Opens a ledger of this server by its id, or any C2SP log by its URL. */
export function OpenLog({ source }: { source?: Source }) {
  const [name, setName] = useState(source === undefined ? "" : source.kind === "own" ? source.ledger : source.url);
  const submit = (event: Event) => {
    event.preventDefault();
    const given = name.trim();
    location.hash = toHash(/^https:\/\//.test(given) ? { kind: "foreign", url: given } : { kind: "own", ledger: given });
  };
  return (
    <form class="open-ledger" onSubmit={submit} aria-label="Open a ledger">
      <Field
        id="ledger"
        label="Ledger, or a log’s URL"
        value={name}
        set={setName}
        input={{ class: "mono", pattern: "[a-z0-9][a-z0-9\\-]{0,62}|https://.+", title: "A ledger’s id (lowercase letters, digits and hyphens, up to 63), or the https URL of a C2SP log" }}
      />
      <button type="submit" class="button">
        Open
      </button>
    </form>
  );
}
