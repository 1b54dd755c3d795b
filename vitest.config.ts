import { defineConfig } from "vitest/config";
import { LongFirst } from "./test/helpers/sequencer.ts";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    maxWorkers: 3,
    // one start and one import of every module per worker, not per file: nothing in the product remembers anything
    isolate: false,
    sequence: { sequencer: LongFirst },
    globalSetup: ["test/helpers/global-setup.ts"],
  },
});
