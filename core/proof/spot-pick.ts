/** Which records are looked at closely: those that stand out and random ones, spread over the mappings by size, one each at least where N allows. */
import { notLeftDeleted } from "./kept.ts";
import type { Place } from "./place.ts";
import { LOADED_SQL, type ProofTables } from "./proof-tables.ts";
import type { Spot } from "./spot-check.ts";
import type { Picked } from "./spot-strata.ts";

/** Loaded records up to which each has a number; of more, some are drawn first. */
const NUMBERED = 20_000;
/** Records that are drawn for one that is wanted: so many that they are practically never too few. */
const DRAWN = 20;

/** Loaded records of the origin `$1`. */
const LOADED = `origin_id = $1 and ${LOADED_SQL} and coalesce(key, '') <> ''`;
/** Of a record `k`, with its row. */
const SPOT = `k.key, k.bucket, (select p.id::text from proof_target p where p.key = k.key limit 1) as id,
  (select p.later from proof_target p where p.key = k.key limit 1) as later,
  coalesce((select p.fresh from proof_target p where p.key = k.key limit 1), false) as fresh`;

/**
 * `share` of the `loaded` records: those that stand out, then random ones, with their rows; those aside that users deleted.
 * `locateLoaded` and `keptFields` come first.
 */
export async function pickSpots(
  tables: ProofTables,
  { origin }: Pick<Place, "origin">,
  odd: readonly Picked[],
  loaded: number,
  share: number,
  random: () => number,
): Promise<Spot[]> {
  const standing = await tables.rows<Spot>(
    `select ${SPOT} from (select distinct on (key) key, bucket from proof_key where ${LOADED} and key = any($2)) k
      where ${notLeftDeleted("k.key")}`,
    [origin, odd.map(({ key }) => key)],
  );
  const spots = new Map<string, Spot>();
  for (const { key, why } of odd) {
    const spot = standing.find((one) => one.key === key);
    if (spot !== undefined) spots.set(key, { ...spot, why });
  }
  for (const spot of await randomSpots(tables, origin, loaded, share, random)) {
    if (spots.size >= share) break;
    if (!spots.has(spot.key)) spots.set(spot.key, spot);
  }
  return [...spots.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** `count` records, any of which is as likely as the others. */
async function randomSpots(
  tables: ProofTables,
  origin: number,
  loaded: number,
  count: number,
  random: () => number,
): Promise<Spot[]> {
  if (loaded > NUMBERED) {
    const percent = Math.min(100, (100 * DRAWN * count) / loaded);
    const seed = Math.floor(random() * 2 ** 31);
    const drawn = await tables.rows<Spot>(
      `select ${SPOT} from (select key, bucket from proof_key tablesample bernoulli (${percent}) repeatable (${seed}) where ${LOADED}) k
        where ${notLeftDeleted("k.key")}`,
      [origin],
    );
    if (drawn.length >= count) return distinctBelow(count, drawn.length, random).map((at) => drawn[at]!);
  }
  return tables.rows<Spot>(
    `select ${SPOT} from (select key, bucket, row_number() over () as place from proof_key where ${LOADED}) k
      where k.place = any($2) and ${notLeftDeleted("k.key")} order by k.place`,
    [origin, distinctBelow(count, loaded, random).map((offset) => offset + 1)],
  );
}

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
