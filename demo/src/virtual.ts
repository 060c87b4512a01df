// The arithmetic of a list that draws only the rows in sight.

/**
 * Tallest scrolled content. Firefox stops at 17,895,698 px and Chromium at 33,554,428 px; a million rows of 64 px are
 * 64,000,000 px. Taller lists scroll in proportion: a pixel of the bar stands for several of the list.
 */
export const MAX_HEIGHT = 15_000_000;

/** Rows drawn above and below those in sight. */
export const MARGIN = 6;

/** What to draw: rows `first` to `end - 1`, the first of them `offset` px below the content's top. */
export interface Window {
  first: number;
  end: number;
  offset: number;
}

/** The scrolled content's height for `count` rows of `row` px. */
export function contentHeight(count: number, row: number): number {
  return Math.min(count * row, MAX_HEIGHT);
}

/** The rows in sight of a viewport of `view` px that is scrolled to `top`. */
export function windowAt(top: number, view: number, count: number, row: number): Window {
  const content = contentHeight(count, row);
  const all = count * row;
  const reach = Math.max(0, content - view);
  const at = reach === 0 ? 0 : Math.min(1, Math.max(0, top / reach));
  // Where the list really is: the same as `top` unless it is scrolled in proportion.
  const real = at * Math.max(0, all - view);
  const seen = Math.floor(real / row);
  const first = Math.max(0, seen - MARGIN);
  const end = Math.min(count, seen + Math.ceil(view / row) + 1 + MARGIN);
  return { first, end, offset: Math.max(0, Math.min(top, reach)) - (real - first * row) };
}

/** Where to scroll so that row `n` is in the middle of the viewport. */
export function scrollTo(n: number, view: number, count: number, row: number): number {
  const reach = Math.max(0, contentHeight(count, row) - view);
  const all = Math.max(1, count * row - view);
  return Math.min(reach, Math.max(0, ((n * row - (view - row) / 2) / all) * reach));
}
