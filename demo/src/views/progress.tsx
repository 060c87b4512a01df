interface Props {
  done: number;
  of: number;
  /** What is counted, such as "entries verified". */
  what: string;
  /** Per second, where it is known. */
  rate?: number | undefined;
  cancel?: () => void;
}

/** How far something long has come. Its beginning is announced; its end is by what takes its place. */
export function Progress({ done, of, what, rate, cancel }: Props) {
  return (
    <div class="progress stack">
      <p class="unseen" role="status">
        Counting {what}
      </p>
      <progress max={Math.max(1, of)} value={done} aria-label={what} />
      <p class="split">
        <span data-testid="progress">
          {done.toLocaleString("en")} of {of.toLocaleString("en")} {what}
          {rate !== undefined && rate > 0 && `, ${Math.round(rate).toLocaleString("en")} a second`}
        </span>
        {cancel && (
          <button type="button" class="button" onClick={cancel}>
            Cancel
          </button>
        )}
      </p>
    </div>
  );
}
