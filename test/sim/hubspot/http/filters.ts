/** Filters of search: what is allowed, and which records fit. */
import type { ObjectType, PortalRecord, Property } from "../portal/types.ts";
import { invalid } from "./answer.ts";
import { refuse, type Site } from "./site.ts";

const GROUPS = 5;
const FILTERS = 6;
const FILTERS_IN_ALL = 18;

interface Filter {
  readonly propertyName: string;
  readonly operator: string;
  readonly value?: unknown;
  readonly highValue?: unknown;
  readonly values?: unknown;
}

export type Test = (record: PortalRecord) => boolean;

const isTime = (property: Property | undefined): boolean => property?.type === "datetime" || property?.type === "date";

/** Milliseconds since 1970 of an ISO text or of digits; NaN where it is neither. */
export const timeOf = (text: string): number => (/^-?\d+$/.test(text) ? Number(text) : Date.parse(text));

/** Order of two values of a property: by time, by number (of any length), or as text without regard to case. */
export function comparer(property: Property | undefined): (a: string, b: string) => number {
  if (isTime(property)) return (a, b) => timeOf(a) - timeOf(b);
  if (property?.type === "number") {
    return (a, b) => {
      if (/^-?\d+$/.test(a) && /^-?\d+$/.test(b)) {
        const [left, right] = [BigInt(a), BigInt(b)];
        return left < right ? -1 : left > right ? 1 : 0;
      }
      return Number(a) - Number(b);
    };
  }
  return (a, b) => {
    const [left, right] = [a.toLowerCase(), b.toLowerCase()];
    return left < right ? -1 : left > right ? 1 : 0;
  };
}

/** A value of a record as search sees it: the ones that always come are there for every record. */
export function valueIn(type: ObjectType, record: PortalRecord, name: string): string | null {
  const value = record.properties[name] ?? null;
  if (value !== null) return value;
  if (name === "hs_object_id") return record.id;
  if (name === type.modified) return record.updatedAt;
  return name === type.created ? record.createdAt : null;
}

function tokenTest(wanted: string): (value: string) => boolean {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const tests = words.map((word) => {
    const escaped = word.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
    return new RegExp(`(^|[^\\p{L}\\p{N}])${escaped}($|[^\\p{L}\\p{N}])`, "u");
  });
  return (value) => tests.every((test) => test.test(value.toLowerCase()));
}

function compileFilter(site: Site, type: ObjectType, filter: Filter): Test {
  const { propertyName: name, operator } = filter;
  if (typeof name !== "string" || typeof operator !== "string") {
    return refuse(invalid("Invalid filter: propertyName and operator are required"));
  }
  if (name.startsWith("associations.")) return associationTest(site, type, filter);
  const property = site.portal.properties(type).find((entry) => entry.name === name && !entry.archived);
  const read = (record: PortalRecord): string | null => (property ? valueIn(type, record, name) : null);
  const need = (value: unknown): string =>
    value === undefined || value === null ? refuse(invalid(`operator ${operator} requires a value`)) : String(value);
  const order = comparer(property);
  const compared = (fits: (order: number) => boolean, wanted = need(filter.value)): Test => {
    return (record) => {
      const value = read(record);
      return value !== null && fits(order(value, wanted));
    };
  };
  switch (operator) {
    case "EQ":
      return compared((sign) => sign === 0);
    case "NEQ":
      return compared((sign) => sign !== 0);
    case "LT":
      return compared((sign) => sign < 0);
    case "LTE":
      return compared((sign) => sign <= 0);
    case "GT":
      return compared((sign) => sign > 0);
    case "GTE":
      return compared((sign) => sign >= 0);
    case "BETWEEN": {
      const from = compared((sign) => sign >= 0);
      const to = compared((sign) => sign <= 0, need(filter.highValue));
      return (record) => from(record) && to(record);
    }
    case "IN":
    case "NOT_IN": {
      if (!Array.isArray(filter.values)) return refuse(invalid(`operator ${operator} requires values`));
      // Values have to be given in lower case, as the index keeps them.
      const wanted = new Set(filter.values.map(String));
      return (record) => {
        const value = read(record);
        return value !== null && wanted.has(value.toLowerCase()) === (operator === "IN");
      };
    }
    case "HAS_PROPERTY":
      return (record) => read(record) !== null;
    case "NOT_HAS_PROPERTY":
      return (record) => read(record) === null;
    case "CONTAINS_TOKEN":
    case "NOT_CONTAINS_TOKEN": {
      const test = tokenTest(need(filter.value));
      return (record) => {
        const value = read(record);
        return value !== null && test(value) === (operator === "CONTAINS_TOKEN");
      };
    }
    default:
      return refuse(invalid(`Invalid filter operator: ${operator}`));
  }
}

/** `associations.company` EQ or IN ids. */
function associationTest(site: Site, type: ObjectType, filter: Filter): Test {
  const partner =
    site.portal.type(filter.propertyName.slice("associations.".length)) ??
    refuse(invalid(`Unable to infer object type from: ${filter.propertyName}`));
  const values = Array.isArray(filter.values) ? filter.values : [filter.value];
  const wanted = new Set(values.map(String));
  return (record) => (site.portal.associations(type, record.id, partner) ?? []).some((entry) => wanted.has(entry.toId));
}

export interface Filters {
  /** Null: every record fits. */
  readonly test: Test | null;
  /** Properties that are looked at. */
  readonly names: readonly string[];
}

const ALL: Filters = { test: null, names: [] };

/** Groups are alternatives, the filters of a group all have to fit. */
export function compileFilters(site: Site, type: ObjectType, groups: unknown): Filters {
  if (groups === undefined || groups === null) return ALL;
  if (!Array.isArray(groups)) return refuse(invalid("filterGroups must be a list"));
  if (groups.length > GROUPS) return refuse(invalid(`too many filter groups: ${groups.length}, at most ${GROUPS}`));
  const lists = groups.map((group: { readonly filters?: readonly Filter[] }) => group?.filters ?? []);
  const total = lists.reduce((sum, list) => sum + list.length, 0);
  if (total > FILTERS_IN_ALL) return refuse(invalid(`too many filters: ${total}, at most ${FILTERS_IN_ALL}`));
  const tests = lists.map((list) => {
    if (list.length > FILTERS) refuse(invalid(`too many filters in a group: ${list.length}, at most ${FILTERS}`));
    return list.map((filter) => compileFilter(site, type, filter));
  });
  if (total === 0) return ALL;
  return {
    test: (record) => tests.some((list) => list.every((test) => test(record))),
    names: lists.flatMap((list) => list.map((filter) => filter.propertyName)),
  };
}
