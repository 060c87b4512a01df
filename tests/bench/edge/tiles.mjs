/** The resources of a C2SP tlog-tiles log of some size. */

/** Paths below the log's prefix: every tile of every level, and every entry bundle, at its width. */
export function resources(size) {
  const paths = [];
  for (let [level, width] = [0, size]; width > 0; level++, width = Math.floor(width / 256)) {
    for (const folder of level === 0 ? ['0', 'entries'] : [`${level}`]) paths.push(...row(folder, width));
  }
  return paths;
}

function row(folder, width) {
  const full = Math.floor(width / 256);
  const paths = Array.from({ length: full }, (_, n) => `tile/${folder}/${number(n)}`);
  if (width % 256 > 0) paths.push(`tile/${folder}/${number(full)}.p/${width % 256}`);
  return paths;
}

/** Groups of three digits, all but the last with an x before it. */
function number(n) {
  const groups = String(n).padStart(Math.ceil(String(n).length / 3) * 3, '0').match(/.../g);
  return groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/');
}
