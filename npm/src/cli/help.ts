/** What `--help` prints. */
const TRUST = `  --key VKEY         the ledger's verifier key; again for another one, any one suffices
  --key-file FILE    a file with one verifier key a line
  --policy FILE      a C2SP tlog-policy instead of keys`;

const EXIT = `Exit codes: 0 verified; 1 refused, with the code; 2 could not run.`;

export const HELP: Record<string, string> = {
  '': `Checks records of a signed append-only ledger, without trusting its server.

usage: stateledger COMMAND [OPTIONS]

  verify-receipt   a receipt, offline
  bundle           an audit bundle, offline
  export-bundle    records of a ledger into an audit bundle
  audit            a whole log, from its tiles

  --help           after a command: its options
  --version        the version

${EXIT}
`,
  'verify-receipt': `Verifies a receipt, offline.

usage: stateledger verify-receipt [FILE] --key VKEY [OPTIONS]

  FILE               the receipt's JSON; without it, or with -, standard input
${TRUST}
  --payload FILE     the payload, where the receipt does not carry it
  --max-age SECONDS  refuse a checkpoint that no witness cosigned within this time
  --json             the result as one JSON object, the last line of standard output

${EXIT}
`,
  bundle: `Verifies an audit bundle and every record in it, offline.

usage: stateledger bundle [FILE] --key VKEY [OPTIONS]

  FILE               the bundle; without it, or with -, standard input
${TRUST}
  --exporter KEY     a public key in base64, of which one must have signed the bundle; may come again
  --max-age SECONDS  refuse a checkpoint that no witness cosigned within this time
  --json             the result as one JSON object, the last line of standard output

${EXIT}
`,
  'export-bundle': `Fetches records, verifies them, and writes an audit bundle.

usage: stateledger export-bundle --url URL --key VKEY --out FILE [OPTIONS]

  --url URL          the server or the ledger
${TRUST}
  --out FILE         where the bundle goes; it must not be there yet
  --from INDEX       first record, default 0
  --to INDEX         first record that is left out, default the ledger's size
  --no-payloads      leave payloads out, and read the log's tiles alone
  --store DIR        keep the verified head there; the next run demands that it is extended
  --json             the result as one JSON object, the last line of standard output

A token comes from the environment, STATELEDGER_TOKEN.
${EXIT}
`,
  audit: `Verifies a whole log from its tiles: every entry, every tile, the root.

usage: stateledger audit --url URL --key VKEY [OPTIONS]

  --url URL          the server, the ledger, or the prefix of a C2SP tlog-tiles log
${TRUST}
  --opaque           the entries are another log's: check hashes alone
  --workers N        threads beside the main one, default 0
  --store DIR        keep the verified head there; the next audit demands that it is extended
  --resume FILE      go on from this file's state, where there is one, and keep it up to date
  --json             the result as one JSON object, the last line of standard output

A token comes from the environment, STATELEDGER_TOKEN.
${EXIT}
`,
};
