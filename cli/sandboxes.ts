/** The systems that `migrate sandbox` can stand in for. */

export interface SandboxOptions {
  readonly seed: number;
  readonly records: number;
  /** Default: a free one. */
  readonly port?: number;
}

export interface RunningSandbox {
  readonly url: string;
  /** What `.env` needs, as text. */
  readonly env: string;
  close(): Promise<void>;
}

export interface Sandbox {
  /** "A Salesforce org". */
  readonly title: string;
  start(options: SandboxOptions): Promise<RunningSandbox>;
}

export const SANDBOXES: Readonly<Record<string, Sandbox>> = {
  salesforce: {
    title: "A Salesforce org",
    async start(options) {
      const { describeSandbox, startSalesforce } = await import("../test/sim/salesforce/index.ts");
      const sim = await startSalesforce(options);
      return { url: sim.url, env: describeSandbox(sim), close: () => sim.close() };
    },
  },
  hubspot: {
    title: "A HubSpot portal",
    async start(options) {
      const { describeSandbox, startHubspot } = await import("../test/sim/hubspot/index.ts");
      const sim = await startHubspot(options);
      return { url: sim.url, env: describeSandbox(sim), close: () => sim.close() };
    },
  },
};
