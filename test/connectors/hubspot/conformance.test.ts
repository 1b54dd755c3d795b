import { startHubspot } from "../../sim/hubspot/index.ts";
import { createPortal } from "../../sim/hubspot/portal/index.ts";
import { testConnector } from "../conformance.ts";
import { over, truth, typeOf, UNLIMITED } from "./kit.ts";

const PORTAL = { seed: 5, records: 60, limits: UNLIMITED };
const portal = createPortal(PORTAL);
const COMPANY = ["id", "name", "domain", "annualrevenue", "createdate", "hs_lastmodifieddate", "archived"];
const DEAL = ["id", "dealname", "amount", "dealstage", "closedate", "associations.companies", "associations.contacts"];

for (const apiPath of ["v3", "2026-03"]) {
  testConnector({
    name: `hubspot, paths of ${apiPath}`,
    make: async (context) => {
      const sim = await startHubspot(PORTAL);
      return {
        source: over(sim.url, { context, options: { apiPath } }),
        // positions outlive other records, but not other fields
        change: async (object) => {
          const type = typeOf(sim.portal, object);
          const [first] = sim.portal.properties(type);
          sim.portal.defineProperty(type, "one_more", { ...first!, name: "one_more", archived: false });
        },
        dispose: () => sim.close(),
      };
    },
    truth: [
      { name: "companies", columns: COMPANY, rows: truth(portal, "companies", COMPANY), key: ["id"] },
      { name: "deals", columns: DEAL, rows: truth(portal, "deals", DEAL), key: ["id"] },
      {
        name: "quotes",
        columns: ["id", "hs_title"],
        rows: truth(portal, "quotes", ["id", "hs_title"]),
        key: ["hs_title"],
      },
    ],
  });
}
