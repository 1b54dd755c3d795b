/** Keeps the figures of the last benchmark of each size, and the table made of them in README.md. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";

/** Medians in seconds. */
export interface Figures {
  readonly contacts: number;
  readonly rounds: number;
  readonly referenceCold: number;
  readonly cold: number;
  readonly referenceAgain: number;
  readonly again: number;
  /** Of all runs of migrate. */
  readonly peakMb: number;
  readonly postgres: string;
}

interface Kept extends Figures {
  readonly date: string;
  readonly node: string;
  readonly machine: string;
}

const START = "<!-- figures: written by `npm run bench -- --write` -->";
const END = "<!-- /figures -->";

/** Replaces the line of this size. */
export function keepFigures(folder: string, figures: Figures): void {
  const file = join(folder, "figures.json");
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Kept[]) : [];
  const machine = `${cpus().length} x ${cpus()[0]?.model.trim() ?? "unknown"}`;
  const now: Kept = { ...figures, date: new Date().toISOString().slice(0, 10), node: process.version, machine };
  const all = [...kept.filter(({ contacts }) => contacts !== figures.contacts), now].sort(
    (a, b) => a.contacts - b.contacts,
  );
  writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`);
  const readme = join(folder, "README.md");
  const text = readFileSync(readme, "utf8");
  const [start, end] = [text.indexOf(START), text.indexOf(END)];
  if (start < 0 || end < start) throw new Error(`${readme} has lost its markers ${START} and ${END}`);
  writeFileSync(readme, `${text.slice(0, start)}${START}\n\n${table(all)}\n\n${text.slice(end)}`);
}

export function table(figures: readonly Kept[]): string {
  const lines = figures.map((row) => {
    const cells = [
      row.contacts.toLocaleString("en"),
      ...[row.referenceCold, row.cold].map((value) => value.toFixed(1)),
      `**${(row.cold / row.referenceCold).toFixed(2)}**`,
      ...[row.referenceAgain, row.again].map((value) => value.toFixed(1)),
      `**${(row.again / row.referenceAgain).toFixed(2)}**`,
      String(row.peakMb),
      `${row.date}, ${row.machine}, PostgreSQL ${row.postgres}, Node ${row.node}, ${row.rounds} rounds`,
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    "| contacts | reference, cold (s) | migrate, cold (s) | ratio | reference, again (s) | migrate, again (s) | ratio | peak memory (MB) | when and where |",
    "|---|---|---|---|---|---|---|---|---|",
    ...lines,
  ].join("\n");
}
