/** What changed in an org: conformance, over both transports. */
import { plainNumber } from "../../../connectors/salesforce/values.ts";
import { startSalesforce } from "../../sim/salesforce/index.ts";
import { testChanges } from "../conformance-changes.ts";
import { over, truth } from "./kit.ts";

const FIELDS = ["Id", "Name", "Phone", "ParentId", "Legacy_Id__c", "IsDeleted", "MasterRecordId"];
const SOAK = process.env.SOAK === "1";

for (const transport of ["rest", "bulk"]) {
  testChanges({
    name: `salesforce, transport ${transport}`,
    many: SOAK ? 25_000 : 200,
    brief: transport === "bulk",
    async make({ records, settle, overlap }) {
      const sim = await startSalesforce({
        seed: 5,
        records: 100,
        counts: { Account: records + records / 20 },
        features: { personAccounts: false },
        bulk: { polls: [0, 0] },
      });
      const { org } = sim;
      const pace = { ...(settle === undefined ? {} : { settle }), ...(overlap === undefined ? {} : { overlap }) };
      return {
        source: over(sim.url, {
          options: { transport, ...pace, ...(SOAK ? {} : { maxRecords: 70 }) },
          tuning: SOAK ? {} : { pageRecords: 40 },
        }),
        clock: sim.clock,
        object: "Account",
        key: "Id",
        fields: FIELDS,
        computed: "Legacy_Id__c",
        lateMs: 3000,
        truth: () => new Map(truth(org, "Account", FIELDS).map((row) => [row[0]!, row])),
        live: () => [...org.truth("Account")].map((row) => String(row.Id)),
        create: (text, lateMs = 0) => org.insert("Account", { Name: text }, { lateMs }),
        edit: (id, text, lateMs = 0) => org.update(id, { Phone: text }, { lateMs }),
        recalculate: (id, text) => org.recalculate(id, { Legacy_Id__c: plainNumber(text) }),
        remove: (id) => org.remove(id),
        restore: (id) => org.restore(id),
        purge: (id) => org.purge(id),
        merge(winner, loser) {
          org.merge(winner, loser);
          return winner;
        },
        dispose: () => sim.close(),
      };
    },
  });
}
