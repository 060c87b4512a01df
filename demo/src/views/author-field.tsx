import { useState } from "preact/hooks";
import type { AuthorFacts } from "../thread/author.ts";
import { thread } from "../thread/start.ts";
import { Digest, Notice } from "./parts.tsx";

/** Lets the visitor sign records with a key of this browser. */
export function AuthorField({ author, use }: { author: AuthorFacts | undefined; use: (author: AuthorFacts | undefined) => void }) {
  const [error, setError] = useState<string>();

  const toggle = async (sign: boolean) => {
    if (!sign) return use(undefined);
    try {
      const remote = await thread();
      use((await remote.storedAuthor()) ?? (await remote.drawAuthor()));
    } catch {
      setError("This browser keeps no keys for this page.");
    }
  };
  const forget = async () => {
    await (await thread()).forgetAuthor();
    use(undefined);
  };

  return (
    <div class="author stack">
      <label class="check">
        <input type="checkbox" checked={author !== undefined} onChange={(event) => void toggle(event.currentTarget.checked)} />
        Sign as an author
      </label>
      {error && <p class="field-error">{error}</p>}
      {author && (
        <>
          <p class="hint">
            Your public key: <Digest value={author.id} what="author’s public key" />
          </p>
          {author.kept === "browser" ? (
            <p class="hint">Made in this browser, which signs with it and shows the private key to no script.</p>
          ) : (
            <Notice tone="plain" title="This browser’s WebCrypto has no Ed25519">
              <p>The private key lies in this page’s storage, where a script of this site could read it. Use it for trying only.</p>
            </Notice>
          )}
          <button type="button" class="copy" onClick={() => void forget()}>
            Forget this key
          </button>
        </>
      )}
    </div>
  );
}
