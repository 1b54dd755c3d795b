/** `migrate map owners`: the owners that the source names, and the users they become. */
import type { App } from "../app.ts";
import { count } from "../format.ts";
import { aligned, scalar } from "../init/yaml-lines.ts";
import { createProgress } from "../progress.ts";
import { ownerLines } from "../views/plan.ts";

export async function mapOwners(app: App): Promise<number> {
  const { makePlan } = await import("../../core/engine/index.ts");
  const { output } = app;
  const progress = createProgress(output, Date.now);
  try {
    return await app.withSession(async (session) => {
      const { owners } = await makePlan(session, progress.on, { strict: false });
      progress.end();
      output.document({ owners });
      if (output.json) return 0;
      if (owners.length === 0) output.print("No mapped field holds an owner.");
      output.print(ownerLines(owners, { style: output.style, verbose: true }));
      const open = owners.filter((owner) => owner.target === null || owner.how === "invite");
      if (open.length > 0) {
        const rows = open.map((owner) => ({ text: `${scalar(owner.owner)}:`, note: count(owner.count) }));
        output.print([
          "",
          output.style.dim("# for owners.yaml, to be completed with e-mails of users:"),
          "map:",
          ...aligned(rows, 2),
        ]);
      }
      return 0;
    });
  } finally {
    progress.end();
  }
}
