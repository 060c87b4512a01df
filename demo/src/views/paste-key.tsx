import { useState } from "preact/hooks";
import { keyProblem } from "../verify.ts";
import { Field } from "./parts.tsx";

/** Asks for the key of a log that this server does not run: only its operator can say which one is right. */
export function PasteKey({ name, paste }: { name: string; paste: (key: string) => void }) {
  const [key, setKey] = useState("");
  const [problem, setProblem] = useState<string>();
  const submit = async (event: Event) => {
    event.preventDefault();
    const pasted = key.trim();
    const found = await keyProblem(pasted).catch((cause: Error) => cause.message);
    setProblem(found);
    if (found === undefined) paste(pasted);
  };
  return (
    <form class="card stack create" onSubmit={(event) => void submit(event)} aria-labelledby="paste-title">
      <h2 id="paste-title">Whose signature counts?</h2>
      <p class="soft">
        {name} is another log. Paste the verifier key that its operator publishes (C2SP signed-note): what it did not sign is refused.
        Nothing is asked of the log before.
      </p>
      <Field
        id="foreign-key"
        label="Verifier key"
        value={key}
        set={setKey}
        error={problem && `This is no key to trust: ${problem}.`}
        input={{ class: "mono", placeholder: "name+hash+base64" }}
      />
      <button type="submit" class="button button-primary">
        Open under this key
      </button>
    </form>
  );
}
