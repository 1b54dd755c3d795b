/** `POST .../search`: filters, 10,000 results at most, late by the index's lag, and not always in the order asked for. */
import { mix, salt } from "../../salesforce/random.ts";
import type { ObjectType, PortalRecord } from "../portal/types.ts";
import { type Answer, invalid, json } from "./answer.ts";
import { texts } from "./batches.ts";
import { comparer, compileFilters, type Test, timeOf, valueIn } from "./filters.ts";
import { recordJson, select } from "./record-json.ts";
import { type Call, jsonBody, readable, refuse, type Site } from "./site.ts";

const PAGE = 200;
/** Results that may be paged through, at most. */
const MOST = 10_000;
const QUERY = 3000;
const HOUR = 3_600_000;

interface Sort {
  readonly propertyName: string;
  readonly descending: boolean;
}

/** One entry: `{propertyName, direction}`, or `-name`. */
function sortOf(sorts: unknown): Sort | null {
  if (!Array.isArray(sorts) || sorts.length === 0) return null;
  if (sorts.length > 1) return refuse(invalid("Only one sort is allowed"));
  const [sort] = sorts as [string | { readonly propertyName?: string; readonly direction?: string }];
  if (typeof sort === "string")
    return { propertyName: sort.replace(/^-/, ""), descending: sort.startsWith("-") || sort.includes("DESC") };
  return { propertyName: String(sort.propertyName ?? ""), descending: sort.direction === "DESCENDING" };
}

function wholeNumber(value: unknown, fallback: number, most: number, name: string): number {
  if (value === undefined || value === null || value === "") return fallback;
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0 || number > most)
    refuse(invalid(`Invalid value for ${name}: expected a whole number up to ${most}, got ${String(value)}`));
  return number;
}

/** All live records, in the order of their ids. */
function* records(site: Site, type: ObjectType, lean: boolean): Generator<PortalRecord> {
  let after: string | null = null;
  for (;;) {
    const page = site.portal.list(type, { archived: false, after, limit: 1000, lean });
    yield* page;
    if (page.length < 1000) return;
    after = page.at(-1)!.id;
  }
}

function textTest(query: string): Test {
  const wanted = query.toLowerCase();
  return (record) => {
    for (const value of Object.values(record.properties)) {
      if (value?.toLowerCase().includes(wanted)) return true;
    }
    return false;
  };
}

/**
 * Puts matches in order. Times are not kept to: one in forty stands up to an hour from where it belongs, always the same
 * ones, as the index was told of them late.
 */
function sorted(site: Site, type: ObjectType, found: readonly Match[], { descending, propertyName }: Sort): Match[] {
  const property = site.portal.properties(type).find((entry) => entry.name === propertyName);
  const order = comparer(property);
  const times = property?.type === "datetime";
  const late = (id: string, text: string): number => {
    const dice = mix(salt(id), 0x50f7);
    return timeOf(text) + (dice % 40 === 0 ? ((dice >>> 8) % (2 * HOUR)) - HOUR : 0);
  };
  const keys = new Map(found.map(({ id, key }) => [id, key !== null && times ? late(id, key) : key]));
  return [...found].sort((a, b) => {
    const [left, right] = [keys.get(a.id) ?? null, keys.get(b.id) ?? null];
    if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1;
    const sign =
      typeof left === "number" && typeof right === "number" ? left - right : order(String(left), String(right));
    return descending ? -sign : sign;
  });
}

interface Match {
  readonly id: string;
  readonly key: string | null;
}

/** The page of matches from `start`, and how many there are in all. */
function find(
  site: Site,
  type: ObjectType,
  test: Test | null,
  sort: Sort | null,
  lean: boolean,
  start: number,
  limit: number,
): { readonly ids: readonly string[]; readonly total: number } {
  const now = (site.options.now ?? Date.now)();
  const found: Match[] = [];
  let total = 0;
  for (const current of records(site, type, lean)) {
    const record = current.visibleAt > now ? site.portal.indexed(type, current, now) : current;
    if (record === null || (test !== null && !test(record))) continue;
    total++;
    if (sort !== null) found.push({ id: record.id, key: valueIn(type, record, sort.propertyName) });
    else if (total > start && found.length < limit) found.push({ id: record.id, key: null });
  }
  const page = sort === null ? found : sorted(site, type, found, sort).slice(start, start + limit);
  return { ids: page.map((match) => match.id), total };
}

export function search(site: Site, call: Call, name: string): Answer {
  const type = readable(site, name);
  const body = jsonBody(call);
  const limit = wholeNumber(body.limit, 10, PAGE, "limit");
  const start = wholeNumber(body.after, 0, Number.MAX_SAFE_INTEGER, "after");
  const most = site.options.searchMost ?? MOST;
  if (start + limit > most)
    return invalid(`Cannot page beyond ${most} results: narrow the search (after ${start}, limit ${limit})`);
  const { query } = body;
  if (typeof query === "string" && query.length > QUERY)
    return invalid(`query is too long: at most ${QUERY} characters`);
  const filters = compileFilters(site, type, body.filterGroups);
  const sort = sortOf(body.sorts);
  const text = typeof query === "string" && query !== "" ? textTest(query) : null;
  const tests = [filters.test, text].filter((test) => test !== null);
  const always = [type.created, type.modified, "hs_object_id"];
  const seen = sort === null ? filters.names : [...filters.names, sort.propertyName];
  const lean = text === null && seen.every((name) => always.includes(name));
  const test = tests.length === 0 ? null : (record: PortalRecord) => tests.every((one) => one(record));
  const { ids, total } = find(site, type, test, sort, lean, start, limit);
  const selection = select(site, type, texts(body.properties));
  const results = ids.flatMap((id) => {
    const record = site.portal.record(type, id);
    return record === undefined ? [] : [recordJson(site, type, record, selection)];
  });
  const next = start + ids.length;
  return json(
    next < total && ids.length > 0 ? { total, results, paging: { next: { after: String(next) } } } : { total, results },
  );
}
