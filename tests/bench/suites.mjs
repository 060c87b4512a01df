/** Which contests make a suite. `stateledger` is the package; `versions` the peers' and the host's. */
import { entriesContest, inclusionContest, rootContest, signatureContest, signaturesContest } from './contests.mjs';
import { everywhere, nodeCrypto, webCrypto } from './peers.mjs';

/** The kernel in wasm: against itself without lanes, and against the best of npm in each discipline. */
export async function core({ stateledger, scalar, versions, amounts }) {
  const ours = { name: 'stateledger', version: versions.stateledger, package: stateledger };
  const self = { name: 'own build without simd128', version: versions.stateledger, package: scalar };
  const { merkletreejs, noble, nobleCurves, hashWasm, sodium } = await everywhere(versions);
  return [
    rootContest(ours, [self, merkletreejs, noble, hashWasm], amounts),
    entriesContest(ours, [self], amounts),
    inclusionContest(ours, [self, noble], amounts, false),
    inclusionContest(ours, [self, noble], amounts, true),
    await signaturesContest(ours, [sodium, nobleCurves], amounts, 1),
    await signaturesContest(ours, [sodium], amounts, 2),
    await signatureContest(ours, [sodium, nobleCurves]),
  ];
}

/** The package as an application calls it, against what it would call instead. */
export async function npm({ stateledger, versions, amounts, host, inNode }) {
  const ours = { name: 'stateledger', version: versions.stateledger, package: stateledger };
  const { merkletreejs, noble, nobleCurves, hashWasm, sodium } = await everywhere(versions);
  const platform = await webCrypto(host);
  const own = inNode ? [await nodeCrypto()] : [];
  return [
    rootContest(ours, [merkletreejs, noble, hashWasm, ...own], amounts),
    inclusionContest(ours, [noble, merkletreejs], amounts, false),
    inclusionContest(ours, [noble, merkletreejs], amounts, true),
    await signaturesContest(ours, [sodium, nobleCurves, ...platform, ...own], amounts, 1),
    await signatureContest(ours, [sodium, nobleCurves, ...platform, ...own]),
  ];
}
