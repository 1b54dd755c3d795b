import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { OPTIONS } from "../../../connectors/csv/options.ts";

const BEGIN = "<!-- options: begin (checked by test/connectors/csv/docs.test.ts) -->";
const END = "<!-- options: end -->";

it("docs/csv.md lists the options as they are declared", () => {
  const shown = (value: unknown) => (value === undefined ? "" : `\`${JSON.stringify(value).replaceAll("|", "\\|")}\``);
  const rows = OPTIONS.map(({ name, description, values, default: otherwise, example, required }) => {
    const choice = values === undefined ? "" : ` One of ${values.map((value) => `\`${value}\``).join(", ")}.`;
    const fallback = required === true ? "required" : shown(otherwise);
    return `| \`${name}\` | ${description.replaceAll("|", "\\|")}${choice} | ${fallback} | ${shown(example)} |`;
  });
  const table = ["| option | meaning | default | example |", "|---|---|---|---|", ...rows].join("\n");
  const text = readFileSync(new URL("../../../docs/csv.md", import.meta.url), "utf8");
  expect(text.slice(text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END)).trim()).toBe(table);
});
