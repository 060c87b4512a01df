import assert from 'node:assert/strict';

import { VERIFICATION_CODES, VerificationError } from 'stateledger';

/** Asserts that `call` throws a VerificationError with this code, and this step where one is named; null is none. */
export function refused(code, call, step) {
  assert.ok(VERIFICATION_CODES.includes(code), `${code} is no code of the package`);
  assert.throws(call, (thrown) => {
    assert.ok(thrown instanceof VerificationError, `expected ${code}, got ${thrown}`);
    assert.equal(thrown.code, code, thrown.message);
    assert.ok(thrown.message.length > 0);
    if (step !== undefined) assert.equal(thrown.step, step ?? undefined);
    return true;
  });
}

/** Asserts that `call` throws a TypeError or RangeError whose message begins with the argument's name. */
export function misused(kind, argument, call) {
  assert.throws(call, (thrown) => {
    assert.equal(thrown?.constructor, kind, `expected ${kind.name} for ${argument}, got ${thrown}`);
    assert.ok(thrown.message.includes(argument), `"${thrown.message}" does not name ${argument}`);
    return true;
  });
}
