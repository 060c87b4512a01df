/**
 * What the client loads when it is first called, which is most that it does beside following heads and reading entries:
 * a page that shows those need not carry the rest, nor what it calls in the module.
 */
// Keeps the built package at one shared file: whatever this imports, the entry points import as well.
import './api.js';

export { getArtifact, putArtifact } from './client/artifacts.js';
export { audit } from './client/audit/audit.js';
export { diff } from './client/diff.js';
export { demandErasures, erasureOf } from './client/erasure.js';
export { exportBundle } from './client/export.js';
export { listRecords } from './client/list.js';
export { appended, proven, servedRecord, verified } from './client/records.js';
export { snapshot } from './client/snapshot.js';
