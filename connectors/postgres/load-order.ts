import type { ModelObject } from "../../core/schema.ts";

/**
 * Objects after those they refer to, else by name. In a cycle goes first whatever refers to the rest only by fields
 * that may be empty.
 */
export function loadOrder(objects: readonly ModelObject[]): readonly string[] {
  const left = new Map([...objects].sort((a, b) => (a.name < b.name ? -1 : 1)).map((object) => [object.name, object]));
  const waits = (object: ModelObject, required: boolean) =>
    [...object.fields.values()].some(
      (field) =>
        (field.required || !required) &&
        (field.lookup ?? []).some((target) => target !== object.name && left.has(target)),
    );
  const order: string[] = [];
  while (left.size > 0) {
    const candidates = [...left.values()];
    const next =
      candidates.find((object) => !waits(object, false)) ??
      candidates.find((object) => !waits(object, true)) ??
      candidates[0]!;
    order.push(next.name);
    left.delete(next.name);
  }
  return order;
}
