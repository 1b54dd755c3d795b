/** The field that tells when a record changed. */
import type { DescribedObject } from "./client.ts";
import { NEEDS_DOCUMENT } from "./objects.ts";

/** The first one moves with every change, whoever makes it; the last one of records that never change. */
const STAMPS = ["SystemModstamp", "LastModifiedDate", "CreatedDate"] as const;

/** null: none tells, or the object cannot be asked by it. */
export function stampOf(object: DescribedObject): string | null {
  if (object.name === NEEDS_DOCUMENT) return null;
  return STAMPS.find((name) => object.fields.some((field) => field.name === name && field.type === "datetime")) ?? null;
}

/** Stamps are cut to seconds: what happened at an instant may bear the second that it lies in. */
export function atOrAfter(field: string, at: string): string {
  const ms = Date.parse(at);
  return `${field} >= ${new Date(ms - (ms % 1000)).toISOString()}`;
}
