import type { Access } from "../state/access.ts";
import { Field } from "./parts.tsx";

/** The draft of a token: what is typed, before it is used. */
export interface TokenDraft {
  token: string;
  keep: boolean;
}

/** The token's field. Leaving it, or submitting its form, puts the token to use. */
export function TokenField({ draft, set, access }: { draft: TokenDraft; set: (draft: TokenDraft) => void; access: Access }) {
  const refused = access.refused && access.token === draft.token;
  return (
    <div class="token">
      <Field
        id="token"
        label="Access token"
        value={draft.token}
        set={(token) => set({ ...draft, token })}
        hint={`From this server’s operator; cargo xtask dev prints one. It stays in this ${draft.keep ? "tab’s storage until the tab is closed" : "page’s memory"}.`}
        error={refused ? "The server does not know this token." : undefined}
        input={{ type: "password", onChange: () => access.use(draft.token, draft.keep) }}
      />
      <label class="check">
        <input
          type="checkbox"
          checked={draft.keep}
          onChange={(event) => {
            const keep = event.currentTarget.checked;
            set({ ...draft, keep });
            access.use(draft.token, keep);
          }}
        />
        Keep it until this tab is closed
      </label>
    </div>
  );
}
