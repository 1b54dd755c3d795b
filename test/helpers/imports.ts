import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** An import of a source file, relative ones resolved to a path from the checkout's root (`core/errors.ts`). */
export interface Import {
  readonly from: string;
  readonly to: string;
  readonly line: number;
  /** `import type` / `export type`: gone at run time. */
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
  /** A package or a Node built-in. */
  readonly external: boolean;
}

/** Blanks comments and the inside of strings that are no module names, keeping every line where it is. */
export function code(text: string, keepStrings: boolean): string {
  const blank = (part: string) => part.replace(/[^\n]/g, " ");
  // A regular expression literal is only told from a division by what stands before it.
  const token =
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\[\s\S])*`|(?<=[=(,:[!&|?{};\n]\s*|return\s+)\/(?![*/])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[dgimsuvy]*/g;
  return text.replace(token, (part) => {
    if (part.startsWith("/")) return blank(part);
    return keepStrings && !part.startsWith("`") ? part : part[0] + blank(part.slice(1, -1)) + part[0];
  });
}

/** The imports of one file, static and dynamic. `file` is its path from the root. */
export function importsOf(file: string, text: string): Import[] {
  const source = code(text, true);
  const found: Import[] = [];
  const add = (index: number, target: string, typeOnly: boolean, dynamic: boolean) => {
    const external = !target.startsWith(".");
    const to = external ? target : join(dirname(file), target);
    found.push({ from: file, to, line: source.slice(0, index).split("\n").length, typeOnly, dynamic, external });
  };
  const fixed = /(?:^|[;\n])\s*(?:import|export)\s+(type\s+(?=[{*\w]))?(?:[\w$*{},\s]+?\s*from\s*)?["']([^"']+)["']/g;
  for (const match of source.matchAll(fixed)) {
    add(match.index + match[0].length, match[2]!, match[1] !== undefined && !/^type\s+from\b/.test(match[1]), false);
  }
  for (const match of source.matchAll(/\bimport\s*\(\s*["']([^"']+)["']\s*[,)]/g))
    add(match.index, match[1]!, false, true);
  return found;
}

/** All TypeScript files below some folders of the checkout, as paths from `root`; absent folders have none. */
export function sourceFiles(root: string, folders: readonly string[]): string[] {
  return folders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
        .map((entry) => relative(root, join(entry.parentPath, entry.name))),
    )
    .sort();
}

/** A cycle among the imports as a path that ends where it starts, or null. */
export function findCycle(imports: readonly Import[]): string[] | null {
  const next = new Map<string, string[]>();
  for (const { from, to } of imports) next.set(from, [...(next.get(from) ?? []), to]);
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string[] | null => {
    if (done.has(file)) return null;
    const at = path.indexOf(file);
    if (at >= 0) return [...path.slice(at), file];
    path.push(file);
    for (const to of next.get(file) ?? []) {
      const cycle = visit(to);
      if (cycle !== null) return cycle;
    }
    path.pop();
    done.add(file);
    return null;
  };
  for (const file of next.keys()) {
    const cycle = visit(file);
    if (cycle !== null) return cycle;
  }
  return null;
}

export function readSource(root: string, file: string): string {
  return readFileSync(join(root, file), "utf8");
}
