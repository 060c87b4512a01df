import { useEffect, useState } from "preact/hooks";
import { drawAuthor, forgetAuthor, storedAuthor, type AuthorKey } from "../author.ts";
import { Digest, Notice } from "./parts.tsx";

/** Lets the visitor sign records with a key of this browser. */
export function AuthorField({ author, use }: { author: AuthorKey | undefined; use: (author: AuthorKey | undefined) => void }) {
  const [stored, setStored] = useState<AuthorKey>();
  const [error, setError] = useState<string>();
  useEffect(() => {
    void storedAuthor().then(setStored, () => setError("This browser keeps no keys for this page."));
  }, []);

  const toggle = async (sign: boolean) => {
    if (!sign) return use(undefined);
    try {
      const key = stored ?? (await drawAuthor());
      setStored(key);
      use(key);
    } catch {
      setError("This browser keeps no keys for this page.");
    }
  };
  const forget = async () => {
    await forgetAuthor();
    setStored(undefined);
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
