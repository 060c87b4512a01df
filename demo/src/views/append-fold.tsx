// The form that appends, folded until it is wanted: who only reads loads neither it nor the page's worker.
import { useEffect, useState } from "preact/hooks";
import { waits } from "../state/outbox-store.ts";
import type { AppendProps } from "./append-form.tsx";
import { later } from "./later.tsx";

const AppendForm = later<AppendProps>(() => import("./append-form.tsx").then((module) => module.AppendForm));

/** Open at once where records wait to be sent. */
export function AppendFold(props: AppendProps) {
  const [wanted, setWanted] = useState(false);
  useEffect(() => void waits(props.ledger).then((some) => some && setWanted(true), () => {}), [props.ledger]);
  return (
    <details class="card append" open={wanted} onToggle={(event) => event.currentTarget.open && setWanted(true)}>
      <summary>
        <h2>Append a record</h2>
        <span class="soft">or give a token, which also shows what only its holders may read</span>
      </summary>
      {wanted && <AppendForm {...props} />}
    </details>
  );
}
