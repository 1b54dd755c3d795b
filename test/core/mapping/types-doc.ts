/** Reads the tables of docs/types.md: every row is an example that the tests run. */
import { readFileSync } from "node:fs";
import { WORLD } from "../../../core/mapping/phone.ts";
import type { SourceFormats, ValueSpec } from "../../../core/mapping/values.ts";
import type { FieldType } from "../../../core/schema.ts";

export interface TypeExample {
  readonly title: string;
  readonly value: string;
  readonly spec: ValueSpec;
  readonly source: SourceFormats;
  /** Expected text, or null with `code`. */
  readonly gives: string | null;
  readonly code: string | null;
}

export function typeExamples(): TypeExample[] {
  const examples: TypeExample[] = [];
  let type = "text" as FieldType;
  for (const line of readFileSync(new URL("../../../docs/types.md", import.meta.url), "utf8").split("\n")) {
    const heading = /^## (\w+)/.exec(line);
    if (heading !== null) type = heading[1] === "Columns" ? "text" : (heading[1] as FieldType);
    const row = /^\| `(.*?)` \| (.*?) ?\| (.*) \|$/.exec(line);
    if (row === null) continue;
    const given = new Map(
      row[2]!
        .split(/, (?=[a-zA-Z]+: )/)
        .filter((part) => part.trim() !== "")
        .map((part) => [part.split(": ")[0]!.trim(), part.slice(part.indexOf(": ") + 2)]),
    );
    const answer = row[3]!;
    examples.push({
      title: `${type}: ${row[1]}${row[2] === "" ? "" : ` (${row[2]})`} gives ${answer}`,
      value: row[1]!,
      spec: {
        type: (given.get("type") as FieldType | undefined) ?? type,
        columnType: given.get("column") ?? null,
        maxLength: given.has("maxLength") ? Number(given.get("maxLength")) : null,
        format: given.get("format") ?? null,
        country: given.get("country") ?? (given.get("type") === "phone" ? WORLD : null),
      },
      source: {
        timezone: given.get("timezone") ?? "UTC",
        dates: (given.get("dates") as SourceFormats["dates"] | undefined) ?? "auto",
        decimal: given.get("decimal") === "," ? "," : ".",
      },
      gives: answer.startsWith("`") ? answer.slice(1, -1) : null,
      code: answer.startsWith("`") ? null : answer,
    });
  }
  return examples;
}
