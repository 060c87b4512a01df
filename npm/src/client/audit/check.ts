/** The check of one bundle, and its form on the way to a worker and back. */
import { isRefusal, VerificationError } from '../../errors.js';
import * as wasm from '../../stateledger_wasm.js';
import { started } from '../../wasm.js';

/** One bundle with the tile of its leaves. */
export interface Part {
  bundle: Uint8Array;
  /** `width * 32` bytes. */
  tile: Uint8Array;
  width: number;
  /** The ledger that the entries are of; none where they are opaque. */
  origin: string | undefined;
}

/** A bundle that holds. */
export interface Checked {
  /** The root over its leaves, 32 bytes. */
  root: Uint8Array;
  /** Milliseconds since 1970; opaque entries have no times. */
  firstTime?: bigint;
  lastTime?: bigint;
}

/** Checks one bundle in this thread; throws a `Refusal`, which crosses between threads as it is. */
export function checkPart({ bundle, tile, width, origin }: Part): Checked {
  started();
  return wasm.check_bundle(bundle, width, tile, origin) as Checked;
}

/** What a thread reported, as an error that names the entry. */
export function refusalAt(thrown: unknown, first: bigint): unknown {
  if (!isRefusal(thrown)) return thrown;
  return new VerificationError(thrown.code, thrown.message, thrown.step, first + BigInt(thrown.place ?? 0));
}
