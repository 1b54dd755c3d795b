/** What changed in a portal: conformance, of merges into new records and into the winner. */
import { startHubspot } from "../../sim/hubspot/index.ts";
import { testChanges } from "../conformance-changes.ts";
import { over, recordsOf, truth, typeOf, UNLIMITED } from "./kit.ts";

const FIELDS = ["id", "firstname", "phone", "hs_email_open", "associations.companies", "hs_merged_object_ids"];
const SOAK = process.env.SOAK === "1";
const LATE = 10 * 60_000;

for (const into of ["new", "winner"] as const) {
  testChanges({
    name: `hubspot, merges into ${into === "new" ? "a new record" : "the winner"}`,
    many: SOAK ? 25_000 : 450,
    brief: into === "winner",
    async make({ records, settle, overlap }) {
      const sim = await startHubspot({
        seed: 7,
        records: 60,
        // so many that search is cheaper than the list
        counts: { contacts: Math.max(4 * records, 400) },
        limits: UNLIMITED,
        searchLagMs: LATE,
        ...(SOAK ? {} : { searchMost: 250 }),
      });
      const { portal } = sim;
      const type = typeOf(portal, "contacts");
      const pace = { ...(settle === undefined ? {} : { settle }), ...(overlap === undefined ? {} : { overlap }) };
      const seen = (lateMs: number) => ({ visibleAt: sim.clock.now() + lateMs });
      return {
        source: over(sim.url, { options: pace }),
        clock: sim.clock,
        object: "contacts",
        key: "id",
        fields: FIELDS,
        computed: "hs_email_open",
        lateMs: LATE,
        truth: () => new Map(truth(portal, "contacts", FIELDS).map((row) => [row[0]!, row])),
        live: () => [...recordsOf(portal, "contacts")].map(({ id }) => id),
        create: (text, lateMs = LATE) => portal.write(type, null, { firstname: text }, seen(lateMs)),
        edit: (id, text, lateMs = LATE) => void portal.write(type, id, { phone: text }, seen(lateMs)),
        recalculate: (id, text) => portal.recalculate(type, id, { hs_email_open: text }),
        remove: (id) => portal.archive(type, id),
        restore: (id) => portal.restore(type, id),
        purge: (id) => portal.erase(type, id),
        merge: (winner, loser) => portal.merge(type, winner, loser, { into }),
        dispose: () => sim.close(),
      };
    },
  });
}
