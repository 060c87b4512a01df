/** The records that are appended: small events of a deployment pipeline, each under an idempotency key of its own. */

const HEX = '0123456789abcdef0123456789abcdef01234567';
let serial = 0;

function record(key, n) {
  const payload = { version: `1.${n % 10}.0`, commit: HEX, environment: 'production', approved: true };
  return { type: 'deployment', source: 'ci/bench', subject: `service-${n % 10}`, payload, idempotencyKey: key };
}

// Written once and filled in with each call: making the text anew would cost the client as much as the server takes to read it.
const MARK = '@@@@@@@@';
const one = JSON.stringify(record(`${MARK}-000`, 0)).split(MARK);
const many = new Map();

function number() {
  return String(serial++).padStart(MARK.length, '0');
}

/** The body of a request that appends one new record. */
export function single() {
  return one.join(number());
}

/** The body of a request that appends `count` new records. */
export function batch(count) {
  if (!many.has(count)) {
    const records = Array.from({ length: count }, (_, n) => record(`${MARK}-${String(n).padStart(3, '0')}`, n));
    many.set(count, JSON.stringify({ records }).split(MARK));
  }
  return many.get(count).join(number());
}

/** The same with one record that is none: both servers refuse all of them. */
export function broken(count) {
  return batch(count).replace('"type":"deployment"', '"type":null');
}
