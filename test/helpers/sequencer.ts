/** Order of the test files: the long ones first, so that all workers end together, also where no run has left durations. */
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Longest first, by what they took on two busy cores; the others follow in vitest's own order. */
const LONG = [
  "e2e-hubspot/whole",
  "e2e-salesforce/rehearsal",
  "e2e/resilience-kill",
  "e2e-hubspot/drift",
  "e2e-salesforce/whole",
  "e2e/resilience-stop",
  "core/engine/delta-runs",
  "core/engine/parents",
  "e2e-hubspot/two-systems",
  "core/engine/deferred",
  "core/engine/delta",
  "core/engine/delta-random",
  "e2e/resilience-database",
  "core/engine/introspect",
  "e2e-hubspot/kill",
  "e2e-hubspot/rate",
  "e2e-hubspot/scopes",
  "connectors/hubspot/changes",
  "e2e/report-browser",
  "mappings/hubspot-portal",
  "core/engine/several",
  "core/engine/retry",
  "core/engine/load",
  "core/engine/shapes",
  "core/cutover/cutover",
  "e2e-salesforce/stop",
  "e2e-salesforce/hidden",
  "e2e-salesforce/kill",
  "e2e/resilience-delta",
  "cli/tutorial-exports",
  "cli/init",
  "e2e/bad-input",
  "examples/acme",
  "core/store/embedded",
];

const place = ({ moduleId }: TestSpecification): number => {
  const at = LONG.findIndex((name) => moduleId.replaceAll("\\", "/").endsWith(`/test/${name}.test.ts`));
  return at < 0 ? LONG.length : at;
};

export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}
