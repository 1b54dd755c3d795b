/** Which records are looked at closely: random, spread over the mappings by size, one each at least where N allows. */

/** How many of `total` each mapping gets. `counts`: loaded records per mapping; `random` decides where there are fewer than mappings. */
export function spread(total: number, counts: readonly number[], random: () => number): number[] {
  const shares = counts.map(() => 0);
  const open = counts.flatMap((count, index) => (count > 0 ? [index] : []));
  let left = Math.min(
    total,
    counts.reduce((sum, count) => sum + count, 0),
  );
  if (left < open.length) {
    for (const index of weighted(left, open, counts, random)) shares[index] = 1;
    return shares;
  }
  for (const index of open) shares[index] = 1;
  left -= open.length;
  const rest = counts.map((count) => Math.max(0, count - 1));
  const sum = rest.reduce((all, count) => all + count, 0);
  if (left === 0 || sum === 0) return shares;
  const exact = rest.map((count) => (left * count) / sum);
  for (const [index, part] of exact.entries()) shares[index]! += Math.floor(part);
  left -= exact.reduce((all, part) => all + Math.floor(part), 0);
  const byFraction = open.toSorted((a, b) => (exact[b]! % 1) - (exact[a]! % 1) || a - b);
  for (let at = 0; left > 0; at = (at + 1) % byFraction.length) {
    const index = byFraction[at]!;
    if (shares[index]! >= counts[index]!) continue;
    shares[index]!++;
    left--;
  }
  return shares;
}

function weighted(take: number, from: readonly number[], counts: readonly number[], random: () => number): number[] {
  const open = [...from];
  const taken: number[] = [];
  while (taken.length < take) {
    let point = random() * open.reduce((sum, index) => sum + counts[index]!, 0);
    let at = 0;
    while (at < open.length - 1 && point >= counts[open[at]!]!) point -= counts[open[at++]!]!;
    taken.push(...open.splice(at, 1));
  }
  return taken;
}

/** `take` different whole numbers below `below`, in rising order. */
export function distinctBelow(take: number, below: number, random: () => number): number[] {
  const found = new Set<number>();
  // Floyd: every set of that size is equally likely, and each step adds one
  for (let top = below - Math.min(take, below); top < below; top++) {
    const pick = Math.floor(random() * (top + 1));
    found.add(found.has(pick) ? top : pick);
  }
  return [...found].sort((left, right) => left - right);
}

/** Parts of a key as `CompiledMapping.key` joined them: by `|`, with `\` and `|` escaped by `\`. */
export function keyParts(key: string, parts: number): string[] {
  if (parts === 1) return [key];
  const found = [""];
  for (let at = 0; at < key.length; at++) {
    const letter = key[at]!;
    if (letter === "\\" && at + 1 < key.length) found[found.length - 1] += key[++at]!;
    else if (letter === "|") found.push("");
    else found[found.length - 1] += letter;
  }
  return found;
}
