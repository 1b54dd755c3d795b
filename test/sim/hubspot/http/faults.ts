/** Failures: at random by seed, and scripted. */
import { sequence } from "../../salesforce/random.ts";
import type { FaultKind, FaultRequest, HubspotOptions, ScriptedFault } from "../options.ts";

/** Random faults that every client must survive. */
export const RANDOM_FAULTS: readonly FaultKind[] = [
  "serverError",
  "edgeError",
  "cutBefore",
  "cutMidBody",
  "tooMany",
  "locked",
  "migrating",
  "expired",
  "untyped",
  "slow",
  "partial",
];

export interface Faults {
  /** Adds scripted faults while the server runs. */
  add(...faults: readonly ScriptedFault[]): void;
  clear(): void;
  /** The share of requests that fail from now on. */
  rate: number;
  next(request: FaultRequest, oauth: boolean): FaultKind | null;
  /** A number in [0, 1) for the details of a fault, seeded. */
  random(): number;
}

const OBJECT_BATCH = /^\/crm\/(v3\/objects|objects\/[\d-]+)\/[^/]+\/batch\/read\/?$/;

/** Whether a fault makes sense for a request: none says anything that HubSpot would not. */
function fits(kind: FaultKind, request: FaultRequest, oauth: boolean): boolean {
  // Sign-in itself: only what any web server does.
  if (request.path.startsWith("/oauth/")) return kind === "serverError" || kind === "cutBefore" || kind === "slow";
  // Tokens of private apps do not expire.
  if (kind === "expired") return oauth;
  if (kind === "partial") return OBJECT_BATCH.test(request.path);
  if (kind === "locked") return request.path.startsWith("/crm/");
  return true;
}

export function createFaults(options: HubspotOptions): Faults {
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
    random,
    next(request, oauth) {
      for (const script of scripts) {
        if (script.left <= 0 || !script.fault.match(request)) continue;
        if (script.wait-- > 0) continue;
        script.left--;
        return script.fault.kind;
      }
      if (this.rate === 0 || random() >= this.rate) return null;
      const able = kinds.filter((kind) => fits(kind, request, oauth));
      return able[Math.floor(random() * able.length)] ?? null;
    },
  };
}
