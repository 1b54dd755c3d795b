import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { code, findCycle, type Import, importsOf, readSource, sourceFiles } from "./helpers/imports.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** `core`, `core/mapping`, `connectors/csv`, `connectors/registry`, `cli`... */
function floor(file: string): string {
  const [top, second, third] = file.split("/");
  if (top === "cli") return "cli";
  if (third === undefined) return top === "connectors" ? "connectors/registry" : top!;
  return `${top}/${second}`;
}

/** Floors below each floor; its own is always allowed. */
const BELOW: Readonly<Record<string, readonly string[]>> = {
  core: [],
  "core/csv": ["core"],
  "core/mapping": ["core"],
  "core/store": ["core"],
  "core/model": ["core"],
  "core/snapshot": ["core"],
  "core/engine": ["core", "core/mapping", "core/model", "core/snapshot", "core/store"],
  "core/proof": ["core", "core/mapping", "core/model", "core/store"],
  "core/cutover": ["core", "core/store", "core/engine", "core/proof"],
  cli: [
    "core",
    "core/mapping",
    "core/model",
    "core/store",
    "core/engine",
    "core/proof",
    "core/cutover",
    "connectors/registry",
  ],
};

/** A file that imports nothing at all, whose binary layout compiled mappings write: it may be used from beside. */
const LEAVES: readonly (readonly [from: string, to: string])[] = [["core/mapping", "core/store/copy-writer.ts"]];

/** Types that may be seen from a floor beside: they are gone at run time. */
const TYPES_ONLY: readonly (readonly [from: string, to: RegExp])[] = [
  // The proof reads what a run left: its reports and the open session.
  ["core/proof", /^core\/engine\/(types|session)\.ts$/],
];

/** Why an import goes the wrong way, or null. */
function wrongDirection(entry: Import): string | null {
  const [from, to] = [floor(entry.from), floor(entry.to)];
  if (from === to) return null;
  if (from === "connectors/registry" && to.startsWith("connectors/")) {
    return entry.dynamic ? null : "the registry loads connectors lazily: import()";
  }
  const below = from.startsWith("connectors/") ? ["core", "core/csv"] : (BELOW[from] ?? []);
  if (below.includes(to)) return null;
  if (LEAVES.some(([name, file]) => name === from && file === entry.to)) return null;
  // the stand-ins that `migrate sandbox` starts
  if (from === "cli" && to.startsWith("test/") && entry.to.startsWith("test/sim/")) {
    return entry.dynamic ? null : "stand-ins are loaded when they are started: import()";
  }
  const excepted = TYPES_ONLY.some(([floorName, file]) => floorName === from && file.test(entry.to));
  if (excepted) return entry.typeOnly ? null : "only `import type` is allowed here";
  return `${from} may import ${below.join(", ") || "nothing above core"} only`;
}

const files = sourceFiles(root, ["core", "connectors", "cli"]);
const imports = files.flatMap((file) => importsOf(file, readSource(root, file)));
const own = imports.filter((entry) => !entry.external);

describe("the floors", () => {
  test("imports go down only", () => {
    const wrong = own.flatMap((entry) => {
      const why = wrongDirection(entry);
      return why === null ? [] : [`${entry.from}:${entry.line} -> ${entry.to}: ${why}`];
    });
    expect(wrong).toEqual([]);
  });

  test("every relative import names a file", () => {
    expect(
      own.filter((entry) => !existsSync(join(root, entry.to))).map((entry) => `${entry.from} -> ${entry.to}`),
    ).toEqual([]);
  });

  test("leaves import nothing", () => {
    expect(imports.filter((entry) => LEAVES.some(([, file]) => file === entry.from)).map((entry) => entry.to)).toEqual(
      [],
    );
  });

  test("there is no cycle", () => {
    expect(findCycle(own.filter((entry) => !entry.typeOnly))).toBeNull();
  });

  test("one file per connector imports a package", () => {
    const users = new Map<string, Set<string>>();
    for (const entry of imports) {
      if (!entry.external || entry.typeOnly || entry.to.startsWith("node:")) continue;
      if (!entry.from.startsWith("connectors/")) continue;
      const name = `${floor(entry.from)} uses ${entry.to}`;
      users.set(name, (users.get(name) ?? new Set()).add(entry.from));
    }
    expect(
      [...users].filter(([, from]) => from.size > 1).map(([name, from]) => `${name} in ${[...from].join(", ")}`),
    ).toEqual([]);
  });

  test("only cli/ prints and exits", () => {
    const loud = files
      .filter((file) => !file.startsWith("cli/"))
      .flatMap((file) =>
        code(readSource(root, file), false)
          .split("\n")
          .flatMap((line, at) =>
            /\bprocess\s*\.\s*(exit|stdout|stderr)\b|\bconsole\s*\.\s*(log|info|warn|error|debug|trace|dir|table)\b/.test(
              line,
            )
              ? [`${file}:${at + 1}`]
              : [],
          ),
      );
    expect(loud).toEqual([]);
  });

  test("nothing in core or the connectors asks for a vendor by name", () => {
    const named = files
      .filter((file) => file.startsWith("core/"))
      .flatMap((file) =>
        code(readSource(root, file), true)
          .split("\n")
          .flatMap((line, at) =>
            /[=!]==?\s*["'](salesforce|hubspot|csv)["']/i.test(line) ? [`${file}:${at + 1}`] : [],
          ),
      );
    expect(named).toEqual([]);
  });
});

describe("the scanner", () => {
  const sample = [
    'import { a } from "./a.ts";',
    'import type { B } from "../b.ts";',
    'import "./effect.ts";',
    'export { c } from "./c.ts";',
    'export type { D } from "./d.ts";',
    'import pg from "pg";',
    '// import { no } from "./comment.ts";',
    'const text = `import { no } from "./template.ts";`;',
    'const lazy = await import("./lazy.ts");',
    "import {",
    "  e,",
    '} from "./e.ts";',
  ].join("\n");

  test("finds static, dynamic and type-only imports and no comments", () => {
    const found = importsOf("core/x/file.ts", sample).map((entry) => [
      entry.to,
      entry.typeOnly,
      entry.dynamic,
      entry.line,
    ]);
    expect(found).toEqual([
      ["core/x/a.ts", false, false, 1],
      ["core/b.ts", true, false, 2],
      ["core/x/effect.ts", false, false, 3],
      ["core/x/c.ts", false, false, 4],
      ["core/x/d.ts", true, false, 5],
      ["pg", false, false, 6],
      ["core/x/e.ts", false, false, 12],
      ["core/x/lazy.ts", false, true, 9],
    ]);
  });

  const edge = (from: string, to: string, typeOnly = false): Import => ({
    from,
    to,
    line: 1,
    typeOnly,
    dynamic: false,
    external: false,
  });

  test.each([
    ["core/record.ts", "core/mapping/parse.ts", false],
    ["core/mapping/parse.ts", "core/store/pool.ts", true],
    ["core/proof/report.ts", "core/engine/types.ts", false],
    ["core/engine/run.ts", "core/proof/report.ts", false],
    ["core/engine/run.ts", "connectors/csv/index.ts", false],
    ["connectors/csv/index.ts", "core/engine/run.ts", true],
    ["connectors/csv/index.ts", "connectors/postgres/index.ts", false],
    ["core/errors.ts", "cli/main.ts", false],
    ["cli/main.ts", "connectors/csv/index.ts", false],
    ["connectors/registry.ts", "connectors/csv/index.ts", false],
  ])("refuses %s -> %s", (from, to, typeOnly) => {
    expect(wrongDirection(edge(from, to, typeOnly))).not.toBeNull();
  });

  test("allows what the design allows", () => {
    const allowed = [
      edge("cli/main.ts", "core/engine/run.ts"),
      edge("cli/main.ts", "connectors/registry.ts"),
      edge("core/engine/run.ts", "core/store/pool.ts"),
      edge("core/mapping/compile.ts", "core/store/copy-writer.ts"),
      edge("core/proof/report.ts", "core/engine/types.ts", true),
      { ...edge("connectors/registry.ts", "connectors/csv/index.ts"), dynamic: true },
      edge("connectors/csv/index.ts", "core/record.ts"),
    ];
    expect(allowed.map(wrongDirection)).toEqual(allowed.map(() => null));
  });

  test("finds a cycle and names its path", () => {
    expect(findCycle([edge("a", "b"), edge("b", "c"), edge("c", "a")])).toEqual(["a", "b", "c", "a"]);
    expect(findCycle([edge("a", "b"), edge("a", "c"), edge("b", "c")])).toBeNull();
  });
});
