// Moments of a ledger as its server answers them: each record is proven, that none was left out is not.
import { useCallback, useMemo, useState } from "preact/hooks";
import { asError } from "../as-error.ts";
import { inWords } from "../bytes.ts";
import type { LogPlace } from "../state/client.ts";
import { utcOf } from "../state/filter.ts";
import type { Source } from "../state/route.ts";
import { useWalked, type Walked } from "../state/walked.ts";
import { thread } from "../thread/start.ts";
import { MomentPicker } from "./moment-picker.tsx";
import { ChangedTable, SnapshotTable } from "./moment-tables.tsx";
import { Failure, Notice } from "./parts.tsx";
import type { Moments } from "./whole-past.tsx";

interface Props {
  source: Source;
  place: LogPlace;
  /** Records of the signed head. */
  last: number;
  moments: Moments;
}

export function AnsweredPast({ source, place, last, moments: { now, earlier, go } }: Props) {
  const snapshot = useWalked(useMemo(() => async () => (await thread()).snapshot(place, { size: now }), [place, now]));
  const diff = useWalked(useMemo(() => async () => (await thread()).diff(place, earlier, now), [place, earlier, now]));
  const [failed, setFailed] = useState<Error>();
  const pick = useCallback(
    async (local: string, set: (size: number) => void) => {
      setFailed(undefined);
      try {
        const walk = await (await thread()).snapshot(place, { time: utcOf(local) });
        set((await walk.about()).tree.size);
        void walk.end();
      } catch (thrown) {
        setFailed(asError(thrown));
      }
    },
    [place],
  );
  const [at, since] = [snapshot.about?.tree, diff.about];
  return (
    <>
      <Notice tone="plain" title="What this proves, and what it does not">
        <p>
          The server answers which records these are. This browser proves each one: it is in the tree of that moment, under the
          ledger’s signature. It does not prove that the server left nothing out: an older record of a subject may stand in place of a newer one.
          Reading the whole ledger proves that, too.
        </p>
      </Notice>
      {failed && <Failure error={failed} what="The moment could not be proven" />}
      <div class="moments">
        <MomentPicker id="at" label="As of" size={now} last={last} time={at?.time} root={{ hash: at?.root, error: snapshot.about ? undefined : snapshot.error }} settle
          set={(size) => go({ size })} pick={(local) => void pick(local, (size) => go({ size }))} />
        <MomentPicker id="since" label="Compared with" size={earlier} last={now} time={since?.time} root={{ hash: since?.root, error: diff.about ? undefined : diff.error }} settle
          set={(from) => go({ from })} pick={(local) => void pick(local, (size) => go({ from: Math.min(size, now) }))} />
      </div>
      <ChangedTable source={source} rows={diff.found} from={earlier} to={now}>
        <SoFar walked={diff} testId="changed" words={`${inWords(diff.found.length, "subject")} changed`} />
      </ChangedTable>
      <More walked={diff} what="changes" />
      <SnapshotTable source={source} rows={snapshot.found} size={now}>
        <SoFar walked={snapshot} testId="snapshot" words={inWords(snapshot.found.length, "subject")}>
          {snapshot.about && snapshot.about.unnamed > 0 && `; without a subject, says the server: ${inWords(snapshot.about.unnamed, "record")}`}
        </SoFar>
      </SnapshotTable>
      <More walked={snapshot} what="subjects" />
    </>
  );
}

/** How many were proven, and whether there may be more. */
function SoFar({ walked, words, testId, children }: { walked: Walked<unknown, unknown>; words: string; testId: string; children?: preact.ComponentChildren }) {
  return (
    <p class="soft" role="status" data-testid={testId}>
      {walked.loading && walked.found.length === 0 ? "Asking the server, and proving what it answers…" : `${words}${walked.more ? " so far" : ""}, each proven`}
      {children}
    </p>
  );
}

function More({ walked: { more, loading, error, found, next, retry }, what }: { walked: Walked<unknown, unknown>; what: string }) {
  return (
    <>
      {error && <Failure error={error} what={`The ${what} could not be proven`} retry={retry} />}
      {more && found.length > 0 && (
        <p>
          <button type="button" class="button" onClick={next} aria-disabled={loading}>
            {loading ? "Proving…" : `Show more ${what}`}
          </button>
        </p>
      )}
    </>
  );
}
