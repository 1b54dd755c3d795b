/** Owners: active, deactivated, queues. Ids of the old ones are not their user ids. */
import { FIRST, LAST } from "../../salesforce/org/words.ts";
import type { OwnerRecord } from "./types.ts";
import { instant, type World } from "./world.ts";

const EPOCH = Date.UTC(2019, 2, 4, 9, 0, 0);

/** Share of deactivated ones: one in six; every eleventh is a queue. */
export function makeOwners(world: World): readonly OwnerRecord[] {
  const records = world.options.records ?? 20_000;
  const count = Math.max(1, world.options.counts?.owners ?? Math.min(400, Math.max(12, Math.round(records / 1000))));
  const throwOf = world.dice("owners");
  return Array.from({ length: count }, (_, at): OwnerRecord => {
    const userId = 9_000_000 + at * 1213 + throwOf(at, 1000);
    const queue = at % 11 === 7;
    const archived = at % 6 === 4;
    const old = at < count / 2;
    const id = old ? 34_000_000 + at * 1709 + throwOf(at + 500, 1000) : userId + 100_000_000;
    const first = FIRST[throwOf(at, FIRST.length)]!;
    const last = LAST[throwOf(at + 31, LAST.length)]!;
    const created = EPOCH + at * 86_400_000 * 3 + (at % 2) * 377;
    return {
      id: String(id),
      email: queue ? null : emailOf(at),
      firstName: queue ? `Queue ${at}` : first,
      lastName: queue ? "" : last,
      type: queue ? "QUEUE" : "PERSON",
      userId: queue || archived ? null : old ? userId : id,
      userIdIncludingInactive: queue ? null : old ? userId : id,
      archived,
      createdAt: instant(created),
      updatedAt: instant(created + 40 * 86_400_000),
      teams: at % 3 === 0 && !archived ? [{ id: "178588", name: "Sales EMEA", primary: true }] : [],
    };
  });
}

/** One in four has a login of the simulated org, too. */
const emailOf = (at: number): string =>
  at % 4 === 3 ? `user${at}@acme.example` : at % 9 === 5 ? `Rep.${at}@Sales.Example` : `rep${at}@sales.example`;

/** Who owns a record; nobody for one in ten. */
export function ownerOf(world: World, owners: readonly OwnerRecord[], type: string): (index: number) => string | null {
  const throwOf = world.dice(`${type}.owner`);
  return (index) => (throwOf(index, 10) === 0 ? null : (owners[throwOf(index + 3, owners.length)]?.id ?? null));
}
