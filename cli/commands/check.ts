/** `migrate check`: every problem at once. */
import type { App } from "../app.ts";
import { counted } from "../format.ts";
import { problemCounts, problemLines } from "../views/problems.ts";

export async function check(app: App): Promise<number> {
  const { checkSession } = await import("../../core/engine/index.ts");
  const { output } = app;
  return app.withSession(async (session) => {
    const problems = await checkSession(session);
    const failed = problems.some((problem) => problem.severity === "error");
    output.document({ ok: !failed, problems });
    if (output.json) return failed ? 2 : 0;
    const { style } = output;
    const lines = problemLines(problems, style);
    if (lines.length > 0) lines.push("");
    const objects = counted(session.mappings.mappings.length, "mapping");
    if (failed) lines.push(`${style.red("not ready")}: ${problemCounts(problems)}`);
    else {
      const rest = problems.length === 0 ? "" : `, ${problemCounts(problems)}`;
      lines.push(
        `${style.green("ok")}: ${objects}, ${counted(session.sourceSchema.objects.length, "source object")}${rest}`,
      );
    }
    output.print(lines);
    if (!failed) output.note("Next: migrate plan");
    return failed ? 2 : 0;
  });
}
