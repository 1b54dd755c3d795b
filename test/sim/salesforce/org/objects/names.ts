/** Names of people and companies. */
import { pick } from "../common.ts";
import { COMPANY, FIRST, LAST, SALUTATIONS, SUFFIX } from "../words.ts";
import type { World } from "../world.ts";

/** The names of people by row, shared by an account and its shadow contact. */
export interface Names {
  first(index: number): string | null;
  last(index: number): string;
  salutation(index: number): string | null;
  full(index: number): string;
}

export function names(world: World, purpose: string): Names {
  const throwOf = world.dice(`${purpose}.Name`);
  const first = (index: number) => (throwOf(index, 23) === 0 ? null : pick(FIRST, throwOf(index + 1, 997)));
  const last = (index: number) => pick(LAST, throwOf(index + 2, 991));
  return {
    first,
    last,
    salutation: (index) => (throwOf(index + 3, 4) === 0 ? pick(SALUTATIONS, throwOf(index + 4, 50)) : null),
    full(index) {
      const given = first(index);
      return given === null ? last(index) : `${given} ${last(index)}`;
    },
  };
}

export function accountName(world: World): (index: number) => string {
  const throwOf = world.dice("Account.Name");
  const person = names(world, "PersonAccount");
  return (index) =>
    world.person(index)
      ? person.full(index)
      : `${pick(COMPANY, throwOf(index, 983))} ${index + 1} ${pick(SUFFIX, throwOf(index + 1, 64))}`;
}
