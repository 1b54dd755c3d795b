/** `migrate ids rewrite`: links to old records inside texts lead to the new ones. */
import { join, relative } from "node:path";
import type { App } from "../app.ts";
import { count, counted } from "../format.ts";

export interface RewriteFlags {
  readonly link: string;
  readonly plain?: string;
  readonly fields?: readonly string[];
  readonly host?: readonly string[];
  readonly dryRun?: boolean;
}

export async function idsRewrite(app: App, flags: RewriteFlags): Promise<number> {
  const { output } = app;
  const { LINKS_FILE, rewriteLinks } = await import("../../core/engine/index.ts");
  return await app.withSession(async (session) => {
    const report = await rewriteLinks(session, {
      fields: flags.fields ?? null,
      templates: { link: flags.link, plain: flags.plain ?? null },
      hosts: flags.host ?? [],
      dryRun: flags.dryRun === true,
    });
    output.document(report);
    const folder = relative(app.cwd, join(session.runsDir, report.run));
    const sum = (name: "rows" | "links" | "left"): number => report.fields.reduce((all, each) => all + each[name], 0);
    if (!output.json) {
      for (const { object, field, rows, links, left } of report.fields)
        output.print([
          `${object}.${field}: ${counted(links, "link")} in ${counted(rows, "text")}, ${count(left)} left as they are`,
        ]);
      const would = report.dryRun ? "would be rewritten" : "rewritten";
      output.print([`${counted(sum("links"), "link")} in ${counted(sum("rows"), "text")} ${would}`]);
      if (sum("left") > 0)
        output.print([
          `${counted(sum("left"), "link")} to records that are not known here: ${join(folder, LINKS_FILE)}`,
        ]);
    }
    if (!report.dryRun && sum("rows") > 0) output.note(["", `Undo it with: migrate rollback ${report.run}`]);
    return 0;
  });
}
