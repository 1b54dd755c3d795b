/** Failures: at random by seed, and scripted. */
import type { FaultKind, FaultRequest, SalesforceOptions, ScriptedFault } from "../options.ts";
import { sequence } from "../random.ts";

/** Random faults that every client must survive. */
export const RANDOM_FAULTS: readonly FaultKind[] = [
  "serverError",
  "maintenance",
  "cutBefore",
  "cutMidBody",
  "expired",
  "concurrentLimit",
  "slow",
  "queryTimeout",
  "truncated",
];

export interface Faults {
  /** Adds scripted faults while the server runs. */
  add(...faults: readonly ScriptedFault[]): void;
  clear(): void;
  /** The share of requests that fail from now on. */
  rate: number;
  next(request: FaultRequest): FaultKind | null;
}

/** Whether a fault makes sense for a request. */
function fits(kind: FaultKind, request: FaultRequest): boolean {
  const api = request.path.startsWith("/services/data/v");
  if (kind === "queryTimeout") return request.soql !== null && !/count\s*\(\s*\)/i.test(request.soql);
  if (kind === "truncated") return /\/jobs\/query\/\w+\/results$/.test(request.path);
  if (kind === "invalidLocator") return /\/query\/0r8/.test(request.path);
  if (kind === "expired" || kind === "concurrentLimit" || kind === "dailyLimit") return api;
  return true;
}

export function createFaults(options: SalesforceOptions): Faults {
  const random = sequence((options.seed ?? 1) ^ 0xfa17);
  const kinds = options.faultKinds ?? RANDOM_FAULTS;
  let scripts: { readonly fault: ScriptedFault; left: number; wait: number }[] = [];
  const add = (...faults: readonly ScriptedFault[]): void => {
    for (const fault of faults) scripts.push({ fault, left: fault.times ?? 1, wait: fault.after ?? 0 });
  };
  add(...(options.faults ?? []));
  return {
    add,
    clear: () => {
      scripts = [];
    },
    rate: options.faultRate ?? 0,
    next(request) {
      for (const script of scripts) {
        if (script.left <= 0 || !script.fault.match(request)) continue;
        if (script.wait-- > 0) continue;
        script.left--;
        return script.fault.kind;
      }
      if (this.rate === 0 || random() >= this.rate) return null;
      const able = kinds.filter((kind) => fits(kind, request));
      return able[Math.floor(random() * able.length)] ?? null;
    },
  };
}
