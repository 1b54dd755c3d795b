import { Org, startSalesforce } from "../../sim/salesforce/index.ts";
import { testConnector } from "../conformance.ts";
import { over, truth } from "./kit.ts";

const ORG = { seed: 3, records: 400 };
const org = new Org(ORG);
const CAMPAIGN = ["Id", "Name", "Status", "StartDate", "BudgetedCost", "IsActive", "OwnerId"];
const PRODUCT = ["Id", "Name", "ProductCode", "IsActive"];

for (const transport of ["rest", "auto"]) {
  testConnector({
    name: `salesforce, transport ${transport}`,
    make: async (context) => {
      const hide: Record<string, string[]> = {};
      const sim = await startSalesforce({ ...ORG, hide });
      return {
        source: over(sim.url, { context, options: { transport } }),
        // positions outlive other records, but not other fields
        change: async (object) => {
          hide[object] = ["Description"];
        },
        dispose: () => sim.close(),
      };
    },
    truth: [
      { name: "Campaign", columns: CAMPAIGN, rows: truth(org, "Campaign", CAMPAIGN), key: ["Id"] },
      { name: "Product2", columns: PRODUCT, rows: truth(org, "Product2", PRODUCT).slice(0), key: ["Id"] },
      { name: "Pricebook2", columns: ["Id", "Name"], rows: truth(org, "Pricebook2", ["Id", "Name"]), key: ["Name"] },
    ],
  });
}
