/** `migrate check`: every problem at once; for files with a profile of all that they hold. */
import type { Session } from "../../core/engine/session.ts";
import type { App } from "../app.ts";
import { counted } from "../format.ts";
import { createProgress } from "../progress.ts";
import { problemCounts, problemLines } from "../views/problems.ts";
import { datesLines, profileLines } from "../views/profile.ts";

export async function check(app: App): Promise<number> {
  const { checkWhole, dateOrdersOf, profileSession } = await import("../../core/engine/index.ts");
  const { output } = app;
  const progress = createProgress(output, Date.now);
  try {
    const work = async (session: Session): Promise<number> => {
      const { problems, plan } = await checkWhole(session, progress.on);
      const failed = problems.some((problem) => problem.severity === "error");
      // reading files costs nothing but time
      const profile = session.source.capabilities.blankMeansNothing
        ? await profileSession({ ...session, dateOrders: dateOrdersOf(plan) }, progress.on)
        : null;
      progress.end();
      const dates = plan?.dates ?? [];
      output.document({ ok: !failed, problems, ...(profile === null ? {} : { profile, dates }) });
      if (output.json) return failed ? 2 : 0;
      const { style } = output;
      const view = { style, verbose: output.verbose };
      const lines = [...profileLines(profile ?? [], view), ...datesLines(dates, style)];
      if (lines.length > 0 && problems.length > 0) lines.push("");
      lines.push(...problemLines(problems, style));
      if (lines.length > 0) lines.push("");
      const objects = counted(session.mappings.mappings.length, "mapping");
      if (failed) lines.push(`${style.red("not ready")}: ${problemCounts(problems)}`);
      else {
        const rest = problems.length === 0 ? "" : `, ${problemCounts(problems)}`;
        const rejected = (profile ?? [])
          .flatMap(({ mappings }) => mappings)
          .reduce((sum, one) => sum + one.rejected, 0);
        const rejects = rejected === 0 ? "" : `, ${style.yellow(`${counted(rejected, "record")} would be rejected`)}`;
        lines.push(
          `${style.green("ok")}: ${objects}, ${counted(session.sourceSchema.objects.length, "source object")}${rest}${rejects}`,
        );
      }
      output.print(lines);
      if (!failed) output.note("Next: migrate plan");
      return failed ? 2 : 0;
    };
    return await app.withSession(work, { despiteErrors: true });
  } finally {
    progress.end();
  }
}
