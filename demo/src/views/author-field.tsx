import { useRef, useState } from "preact/hooks";
import { asError } from "../as-error.ts";
import type { AuthorFacts } from "../thread/author.ts";
import { thread } from "../thread/start.ts";
import { Digest, Notice } from "./parts.tsx";

interface Props {
  /** `pending`: a key is wanted and not there yet, so nothing can be signed. */
  author: AuthorFacts | "pending" | undefined;
  use: (author: Props["author"]) => void;
}

/** Lets the visitor sign records with a key of this browser. */
export function AuthorField({ author, use }: Props) {
  const [error, setError] = useState<string>();
  const wanted = useRef(false);

  const toggle = async (sign: boolean) => {
    wanted.current = sign;
    setError(undefined);
    if (!sign) return use(undefined);
    use("pending");
    try {
      const remote = await thread();
      const key = (await remote.storedAuthor()) ?? (await remote.drawAuthor());
      if (wanted.current) use(key);
    } catch (cause) {
      use(undefined);
      setError(asError(cause).message);
    }
  };
  const forget = async () => {
    setError(undefined);
    try {
      await (await thread()).forgetAuthor();
      use(undefined);
    } catch (cause) {
      setError(asError(cause).message);
    }
  };

  return (
    <div class="author stack">
      <label class="check">
        <input type="checkbox" checked={author !== undefined} onChange={(event) => void toggle(event.currentTarget.checked)} />
        Sign as an author
      </label>
      {error && (
        <p class="field-error" role="alert">
          The key of this browser could not be reached: {error}
        </p>
      )}
      {author === "pending" && (
        <p class="hint" role="status">
          Getting the key of this browser…
        </p>
      )}
      {author && author !== "pending" && (
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
