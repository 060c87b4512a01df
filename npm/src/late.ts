/**
 * What reads much of a ledger or is seldom asked for, and is loaded when it is first called: a page that verifies a receipt need not carry it,
 * nor what it calls in the module.
 */
// Keeps the built package at one shared file: whatever this imports, the entry points import as well.
import './api.js';

export { getArtifact, putArtifact } from './client/artifacts.js';
export { audit } from './client/audit/audit.js';
export { demandErasures, erasureOf } from './client/erasure.js';
export { exportBundle } from './client/export.js';
export { snapshot } from './client/snapshot.js';
