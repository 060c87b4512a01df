// What is thrown in the page's worker arrives in the page as the same error, with its code and its step.
import { transferHandlers, type TransferHandler } from "comlink";
import { ForkError, LedgerError, NetworkError, RollbackError, StartError, VerificationError } from "stateledger";

/** An error's members, as they cross. */
type Thrown = { name: string; message: string } & Partial<Record<string, unknown>>;

const MEMBERS = ["code", "step", "index", "status", "title", "detail", "retryAfterSeconds", "evidence"];

/** To be called once in both threads: comlink alone keeps an error's name and message. */
export function carryErrors(): void {
  const own = transferHandlers.get("throw") as TransferHandler<{ value: unknown }, Thrown>;
  transferHandlers.set("throw", {
    canHandle: own.canHandle,
    serialize: ({ value }: { value: unknown }) => [flat(value), []],
    deserialize: (thrown: Thrown) => {
      throw revived(thrown);
    },
  });
}

function flat(value: unknown): Thrown {
  if (!(value instanceof Error)) return { name: "Error", message: String(value) };
  const members = MEMBERS.map((name) => [name, (value as unknown as Record<string, unknown>)[name]]);
  return { ...Object.fromEntries(members), name: value.name, message: value.message };
}

function revived({ name, message, ...rest }: Thrown): Error {
  const of = rest as never as { code: never; step: never; index: never; status: never; evidence: never };
  switch (name) {
    case "VerificationError":
      return new VerificationError(of.code, message, of.step, of.index);
    case "ForkError":
      return new ForkError(message, of.evidence);
    case "RollbackError":
      return new RollbackError(message, of.evidence);
    case "LedgerError":
      return new LedgerError(of.code, of.status, rest);
    case "NetworkError":
      return new NetworkError(of.code, message);
    case "StartError":
      return new StartError(of.code, message);
    default:
      return Object.assign(new Error(message), { name });
  }
}
