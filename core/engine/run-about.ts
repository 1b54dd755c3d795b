/** What people said of a run: its name, the run that it repeats, the files that it read instead of the usual ones. */
import type { ReplacedFile } from "../connector.ts";
import type { ObjectMapping, Stage } from "../mapping/types.ts";
import { listRuns } from "./run-files.ts";
import type { RunAbout } from "./types.ts";

/** The part of a report that was said when the run was begun. */
export function aboutOf({ label, like, files }: RunAbout): RunAbout {
  return {
    ...(label === undefined ? {} : { label }),
    ...(like === undefined ? {} : { like }),
    ...(files === undefined ? {} : { files }),
  };
}

/** The files that the run (null: the last that completed and wrote) read in the place of others; [] for runs without a report. */
export async function filesUsedBy(runsDir: string, run: string | null): Promise<readonly ReplacedFile[]> {
  const runs = await listRuns(runsDir);
  const found = runs.find((each) => (run === null ? each.status === "completed" && !each.dryRun : each.run === run));
  return found?.files ?? [];
}

/** The stages that read one of the files, and of their sources those alone. No files: all as they are. */
export function stagesReading(stages: readonly Stage[], files: readonly ReplacedFile[]): readonly Stage[] {
  if (files.length === 0) return stages;
  const read = new Set(files.map(({ source }) => source));
  return stages.flatMap((stage) => {
    const sources = stage.mapping.sources.filter((source) => read.has(source));
    return sources.length === 0 ? [] : [{ ...stage, mapping: { ...stage.mapping, sources } satisfies ObjectMapping }];
  });
}
