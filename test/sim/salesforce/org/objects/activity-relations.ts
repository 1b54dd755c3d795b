/** Further people of tasks and events. */
import { audit, pick, recordId, sobject } from "../common.ts";
import { auto, bool, picklist, ref, type SObject } from "../field.ts";
import type { World } from "../world.ts";
import { links, POLYMORPHIC } from "./activity-links.ts";

/** Every fourth activity has a contact: relation `n` belongs to one of those, first its main contact, then others. */
export function relation(world: World, kind: "Task" | "Event"): SObject {
  const name = `${kind}Relation`;
  const count = world.count(name);
  const at = links(world, kind);
  const half = Math.max(1, Math.floor(world.contacts / 2));
  const each = 2;
  const activities = Math.max(1, Math.floor((world.count(kind) + 3) / 4));
  const activity = (index: number) => 4 * (Math.floor(index / each) % activities);
  const round = (index: number) => Math.floor(index / (each * activities));
  const contact = (index: number) => {
    const main = at.who(activity(index))!.index;
    return index % each === 0 && round(index) === 0
      ? main
      : 2 * ((main / 2 + (index % each) + each * round(index)) % half);
  };
  const gone = (index: number) => world.gone(kind, activity(index));
  return sobject(
    world,
    name,
    `${kind} Relation`,
    [
      recordId(world, name, `${kind} Relation`),
      ref(
        "RelationId",
        "Relation ID",
        kind === "Task" ? ["Account", "Contact", "Lead"] : ["Account", "Calendar", "Contact", "Lead", "User"],
        (index) => world.id("Contact", contact(index)),
        { extra: POLYMORPHIC },
      ),
      ref(`${kind}Id`, `${kind} ID`, kind, (index) => world.id(kind, activity(index)), { nillable: false }),
      bool("IsWhat", "Is What", () => false),
      ...(kind === "Event"
        ? [
            bool("IsParent", "Is Parent", (index) => index % each === 0),
            bool("IsInvitee", "Is Invitee", (index) => index % each !== 0),
            picklist(
              "Status",
              "Response",
              ["New", "Declined", "Accepted", "Uninvited", "Maybe"],
              (index) => (index % each === 0 ? null : pick(["New", "Accepted", "Declined"], index)),
              { length: 40 },
            ),
          ]
        : []),
      ...audit(world, name),
      auto(bool("IsDeleted", "Deleted", gone)),
    ],
    { count },
  );
}
