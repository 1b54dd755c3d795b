/** `migrate sandbox`: a local stand-in for a system, until Ctrl-C. */
import type { App } from "../app.ts";
import { comesLater } from "../later.ts";

export interface SandboxFlags {
  readonly seed?: number;
  readonly records?: number;
  readonly port?: number;
}

export async function sandbox(app: App, system: string, flags: SandboxFlags): Promise<number> {
  if (system !== "salesforce") return comesLater(`\`migrate sandbox ${system}\``, "Try `migrate sandbox salesforce`.");
  const { describeSandbox, startSalesforce } = await import("../../test/sim/salesforce/index.ts");
  const options = {
    seed: flags.seed ?? 1,
    records: flags.records ?? 5_000,
    ...(flags.port === undefined ? {} : { port: flags.port }),
  };
  const sim = await startSalesforce(options);
  try {
    const { output } = app;
    output.document({ url: sim.url, seed: options.seed, records: options.records });
    if (!output.json) output.print([describeSandbox(sim).trimEnd()]);
    output.note(["", `A Salesforce org with ${options.records} records answers at ${sim.url}. Ctrl-C ends it.`]);
    await new Promise<void>((resolve) => {
      if (app.context.signal.aborted) resolve();
      else app.context.signal.addEventListener("abort", () => resolve(), { once: true });
    });
    return 0;
  } finally {
    await sim.close();
  }
}
