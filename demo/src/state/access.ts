// The access token of the visitor, and reads that survive a bad one.
import { useCallback, useMemo, useState } from "preact/hooks";
import { ApiError } from "../api.ts";
import { keepToken, keptToken } from "./token.ts";

export interface Access {
  /** Empty: the visitor reads anonymously. */
  token: string;
  /** Whether the token is also in sessionStorage. */
  kept: boolean;
  /** The server refused the token; reads go on without it. */
  refused: boolean;
  use(token: string, keep: boolean): void;
  refuse(): void;
}

export function useAccess(): Access {
  const [state, setState] = useState(() => {
    const token = keptToken();
    return { token, kept: token !== "", refused: false };
  });
  const use = useCallback((token: string, kept: boolean) => {
    keepToken(kept ? token : "");
    // An unchanged token is no change: everything read with it would be read again.
    setState((now) => (now.token === token && now.kept === kept ? now : { token, kept, refused: now.refused && token === now.token }));
  }, []);
  const refuse = useCallback(() => setState((now) => ({ ...now, refused: true })), []);
  return useMemo(() => ({ ...state, use, refuse }), [state, use, refuse]);
}

/** Reads with the visitor's token; where the server refuses the token itself, reads anonymously. */
export async function reading<T>(access: Access, read: (token: string) => Promise<T>): Promise<T> {
  if (access.token === "" || access.refused) return read("");
  try {
    return await read(access.token);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    access.refuse();
    return read("");
  }
}
