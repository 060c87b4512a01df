// A scrolled list of any length that draws only what is in sight.
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { contentHeight, scrollTo, windowAt } from "../virtual.ts";

interface Props {
  /** What the list holds, for assistive technology. */
  label: string;
  count: number;
  /** Every row's height in px, as the style sheet has it. */
  rowHeight: number;
  /** Keeps this row in sight when it changes. */
  reveal?: number | undefined;
  /** Told which rows are drawn: `first` to `end - 1`. */
  drawn: (first: number, end: number) => void;
  /** What row `n` is of: rows keep it, and their focus, while the list grows at its head. */
  idOf: (n: number) => bigint;
  row: (n: number) => ComponentChildren;
}

export function VirtualList({ label, count, rowHeight, reveal, drawn, idOf, row }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [view, setView] = useState(0);

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = new ResizeObserver(() => setView(element.clientHeight));
    measure.observe(element);
    setView(element.clientHeight);
    return () => measure.disconnect();
  }, []);

  // What is in sight stays there when rows are added above it; at the top the new ones are to be seen.
  const counted = useRef(count);
  useLayoutEffect(() => {
    const element = box.current;
    const grown = count - counted.current;
    counted.current = count;
    if (!element || element.scrollTop === 0) return;
    element.scrollTop += (grown * contentHeight(count, rowHeight)) / count;
    setTop(element.scrollTop);
  }, [count, rowHeight]);

  const { first, end, offset } = windowAt(top, view, count, rowHeight);
  useEffect(() => drawn(first, end), [first, end, drawn]);
  useEffect(() => {
    const element = box.current;
    if (reveal === undefined || !element || (reveal >= first && reveal < end)) return;
    element.scrollTop = scrollTo(reveal, element.clientHeight, count, rowHeight);
    // Only when another row is to be seen: scrolling away from it must stay possible.
  }, [reveal]);

  return (
    <div class="virtual" ref={box} tabIndex={0} role="region" aria-label={label} onScroll={() => setTop(box.current?.scrollTop ?? 0)}>
      <div class="virtual-content" style={{ height: `${contentHeight(count, rowHeight)}px` }}>
        <ol class="rows virtual-rows" style={{ transform: `translateY(${offset}px)` }}>
          {Array.from({ length: end - first }, (_, n) => (
            <li key={idOf(first + n)} class="virtual-row" aria-setsize={count} aria-posinset={first + n + 1}>
              {row(first + n)}
            </li>
          ))}
        </ol>
      </div>
    </div>
  );
}
