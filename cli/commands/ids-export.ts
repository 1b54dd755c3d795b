/** `migrate ids export`: the id crosswalk, for systems that know the source's ids. */
import { relative, resolve } from "node:path";
import { ConfigError } from "../../core/errors.ts";
import type { App } from "../app.ts";
import { count, counted } from "../format.ts";

export interface IdsFlags {
  readonly object?: readonly string[];
  readonly format?: "csv" | "parquet";
  readonly out?: string;
}

/** Writes to stdout without `--out`; with `--json` a file is needed, since stdout is the document's. */
export async function idsExport(app: App, flags: IdsFlags): Promise<number> {
  const { output } = app;
  const format = flags.format ?? (flags.out?.endsWith(".parquet") === true ? "parquet" : "csv");
  if (flags.out === undefined && (format === "parquet" || output.json)) {
    throw new ConfigError("IDS_FILE", `${format === "parquet" ? "--format parquet" : "--json"} needs --out FILE`, {
      hint: `For example: migrate ids export --format ${format} --out ids.${format}`,
    });
  }
  const { exportIds } = await import("../../core/engine/id-crosswalk.ts");
  return await app.withSession(async (session) => {
    const out = flags.out === undefined ? process.stdout : resolve(app.cwd, flags.out);
    const counts = await exportIds(session, { objects: flags.object ?? null, format, out });
    const file = typeof out === "string" ? relative(app.cwd, out) || out : null;
    const ids = counts.reduce((sum, object) => sum + object.ids, 0);
    const aliases = counts.reduce((sum, object) => sum + object.aliases, 0);
    output.document({ file, format, ids, aliases, objects: counts });
    const merged = aliases === 0 ? "" : `, ${count(aliases)} of them of merged records`;
    output.note(`${counted(ids, "id")}${merged}${file === null ? "" : ` in ${file}`}`);
    return 0;
  });
}
