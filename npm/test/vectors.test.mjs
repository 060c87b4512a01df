import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { before, test } from 'node:test';

import * as stateledger from 'stateledger';
import { judge } from './judge.mjs';
import { FILES, vectorCalls } from './vectors.mjs';

before(() => stateledger.init());

test('every file of vectors is known, and every known one is there', () => {
  const there = readdirSync(new URL('../../tests/vectors/', import.meta.url)).filter((name) => name.endsWith('.json'));
  assert.deepEqual(there.sort(), [...FILES].sort());
});

test('every vector gets the answer or the code that it expects', async () => {
  const calls = vectorCalls();
  assert.deepEqual(await judge(stateledger, calls), []);
  console.log(`${calls.length} calls`);
});

test('the judge notices a wrong expectation', async () => {
  for (const call of vectorCalls()) {
    const wrong = call.past === undefined ? { ...call, expect: call.expect === 'ok' ? 'signature-invalid' : 'ok' } : { ...call, past: 'payload' };
    assert.equal((await judge(stateledger, [wrong])).length, 1, call.where);
  }
});
