/**
 * The order of stages: every object after what it needs, ties by the playbook.
 * Required lookups and owners always come first. Where optional lookups form a cycle, the object that is earliest in the
 * playbook goes first and its lookups to later stages are deferred. Several mappings into one object stay together.
 */
import { ConfigError } from "../errors.ts";
import type { TargetModel } from "../schema.ts";
import type { FieldMapping, ObjectMapping, Stage } from "./types.ts";

/** Object that owners refer to, unless the model's field says otherwise. */
export const OWNER_OBJECT = "user";

/** How hard an object needs another: `defer` gives way first in a cycle, then `optional`; `required` never does. */
type Need = "defer" | "optional" | "required";
type Needs = ReadonlyMap<string, ReadonlyMap<string, Need>>;

const STRENGTH: Readonly<Record<Need, number>> = { defer: 0, optional: 1, required: 2 };

/** Target objects that a field refers to; [] when it is neither lookup nor owner. */
export function referredObjects(field: FieldMapping): readonly string[] {
  if (field.lookup !== null) return field.lookup.objects;
  if (field.owner) return field.model?.lookup ?? [OWNER_OBJECT];
  return [];
}

/**
 * Puts mappings into the order in which they are loaded. Lookups to objects that no mapping loads do not matter.
 * Throws ConfigError MAPPING_REQUIRED_CYCLE, naming the cycle, when required lookups leave no order.
 */
export function orderStages(mappings: readonly ObjectMapping[], model: TargetModel): Stage[] {
  const needs = needsOf(mappings);
  const sorted = sortObjects(needs, playbook(mappings, model));
  const position = new Map(sorted.map((object, index) => [object, index]));
  const stages: Stage[] = [];
  for (const object of sorted) {
    const group = mappings.filter((mapping) => mapping.object === object);
    // what only updates comes after what inserts
    group.sort((a, b) => Number(a.mode === "update") - Number(b.mode === "update"));
    group.forEach((mapping, index) => {
      stages.push(stageOf(mapping, position, index === group.length - 1));
    });
  }
  return stages;
}

/** The first cycle of required lookups found, closed (`[a, b, a]`), or null. */
export function requiredCycle(mappings: readonly ObjectMapping[]): string[] | null {
  const needs = needsOf(mappings);
  const path: string[] = [];
  const done = new Set<string>();
  const visit = (object: string): string[] | null => {
    const seen = path.indexOf(object);
    if (seen >= 0) return [...path.slice(seen), object];
    if (done.has(object)) return null;
    path.push(object);
    for (const [other, need] of needs.get(object)!) {
      const cycle = need === "required" ? visit(other) : null;
      if (cycle !== null) return cycle;
    }
    path.pop();
    done.add(object);
    return null;
  };
  for (const object of needs.keys()) {
    const cycle = visit(object);
    if (cycle !== null) return cycle;
  }
  return null;
}

function stageOf(mapping: ObjectMapping, position: ReadonlyMap<string, number>, last: boolean): Stage {
  const own = position.get(mapping.object)!;
  const comesLater = (object: string): boolean => (position.get(object) ?? -1) > own;
  const deferred: string[] = [];
  const self: string[] = [];
  for (const field of mapping.fields) {
    if (field.lookup === null) continue;
    const toSelf = field.lookup.objects.includes(mapping.object);
    // another mapping still fills the same object: the parent may come with it
    if (field.lookup.objects.some(comesLater) || (toSelf && !last)) deferred.push(field.target);
    else if (toSelf) self.push(field.target);
  }
  const deferredAssociations = mapping.associations.flatMap((association, index) =>
    comesLater(association.to) || association.to === mapping.object ? [index] : [],
  );
  return { mapping, deferred, self, deferredAssociations };
}

function needsOf(mappings: readonly ObjectMapping[]): Needs {
  const needs = new Map<string, Map<string, Need>>(mappings.map((mapping) => [mapping.object, new Map()]));
  const add = (from: string, to: string, need: Need): void => {
    if (from === to || !needs.has(to)) return;
    const known = needs.get(from)!.get(to);
    if (known === undefined || STRENGTH[known] < STRENGTH[need]) needs.get(from)!.set(to, need);
  };
  for (const mapping of mappings) {
    for (const field of mapping.fields) {
      for (const object of referredObjects(field)) add(mapping.object, object, needOf(field));
    }
    for (const association of mapping.associations) add(mapping.object, association.to, "optional");
  }
  return needs;
}

function needOf(field: FieldMapping): Need {
  // owners are resolved while records are mapped, so that their users must be there
  if (field.owner || field.required || field.model?.required === true) return "required";
  return field.lookup?.missing === "defer" ? "defer" : "optional";
}

/** Objects in playbook order; those the playbook does not know come after, as they were given. */
function playbook(mappings: readonly ObjectMapping[], model: TargetModel): string[] {
  const used = new Set(mappings.map((mapping) => mapping.object));
  return [...new Set([...model.order.filter((object) => used.has(object)), ...used])];
}

function sortObjects(needs: Needs, objects: readonly string[]): string[] {
  const rest = new Set(objects);
  const sorted: string[] = [];
  while (rest.size > 0) {
    const object = pick(needs, rest);
    rest.delete(object);
    sorted.push(object);
  }
  return sorted;
}

/**
 * The next object: the first in playbook order that needs nothing of the rest, or is part of a cycle that needs nothing
 * else; of a cycle, the member that gives up the least.
 */
function pick(needs: Needs, rest: ReadonlySet<string>): string {
  const unmet = (object: string): [string, Need][] => [...needs.get(object)!].filter(([other]) => rest.has(other));
  for (const object of rest) {
    const reach = reachable(needs, rest, object);
    if (reach.size === 0) return object;
    const isCycle = [...reach].every((other) => reachable(needs, rest, other).has(object));
    if (!isCycle) continue;
    for (const strongest of ["defer", "optional"] as const) {
      for (const member of rest) {
        if (!reach.has(member)) continue;
        if (unmet(member).every(([, need]) => STRENGTH[need] <= STRENGTH[strongest])) return member;
      }
    }
    throw new ConfigError(
      "MAPPING_REQUIRED_CYCLE",
      `required lookups form a cycle among ${[...rest].filter((member) => reach.has(member)).join(", ")}: none of them can be loaded first`,
      { hint: "Make one of these lookups optional: take `required: true` off it." },
    );
  }
  throw new Error("a finite graph has a cycle that needs nothing else");
}

function reachable(needs: Needs, rest: ReadonlySet<string>, from: string): Set<string> {
  const seen = new Set<string>();
  const queue = [from];
  for (let object = queue.pop(); object !== undefined; object = queue.pop()) {
    for (const other of needs.get(object)!.keys()) {
      if (!rest.has(other) || seen.has(other)) continue;
      seen.add(other);
      queue.push(other);
    }
  }
  return seen;
}
