/** `migrate sandbox`: a local stand-in for a system, until Ctrl-C. */
import type { App } from "../app.ts";
import { counted } from "../format.ts";
import { SANDBOXES } from "../sandboxes.ts";

export interface SandboxFlags {
  readonly seed?: number;
  readonly records?: number;
  readonly port?: number;
}

/** `system` is a name of SANDBOXES. Prints the lines of `.env` on stdout. */
export async function sandbox(app: App, system: string, flags: SandboxFlags): Promise<number> {
  const { title, start } = SANDBOXES[system]!;
  const { output, context } = app;
  const seed = flags.seed ?? 1;
  const records = flags.records ?? 5_000;
  const running = await start({ seed, records, ...(flags.port === undefined ? {} : { port: flags.port }) });
  try {
    output.document({ url: running.url, seed, records });
    if (!output.json) output.print(running.env.trimEnd());
    output.note(["", `${title} with ${counted(records, "record")} answers at ${running.url}. Ctrl-C ends it.`]);
    await new Promise<void>((resolve) => {
      if (context.signal.aborted) resolve();
      else context.signal.addEventListener("abort", () => resolve(), { once: true });
    });
    return 0;
  } finally {
    await running.close();
  }
}
