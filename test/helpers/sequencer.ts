/** Order of the test files: the long ones first, so that all workers end together, also where no run has left durations. */
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Longest first, by what they took on a quiet machine; the others follow in vitest's own order. */
const LONG = [
  "e2e-hubspot/two-systems",
  "e2e-hubspot/whole",
  "e2e/resilience-kill",
  "e2e-salesforce/whole",
  "e2e-hubspot/drift",
  "e2e/resilience-stop",
  "e2e-hubspot/snapshot",
  "e2e-hubspot/rate",
  "e2e-hubspot/kill",
  "e2e-hubspot/scopes",
  "e2e-salesforce/kill",
  "e2e/resilience-database",
  "core/store/embedded",
  "connectors/csv/fuzz-files",
  "core/engine/random",
  "core/engine/parents",
  "cli/init",
  "cli/run",
  "cli/tutorial-exports",
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
