import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { OPTIONS } from "../../../connectors/hubspot/options.ts";

const BEGIN = "<!-- options: begin (checked by test/connectors/hubspot/docs.test.ts) -->";
const END = "<!-- options: end -->";

it("docs/hubspot.md lists the options as they are declared", () => {
  const shown = (value: unknown) => (value === undefined ? "" : `\`${JSON.stringify(value).replaceAll("|", "\\|")}\``);
  const flat = OPTIONS.flatMap((option) => [
    option,
    ...(option.members ?? []).map((member) => ({ ...member, name: `${option.name}.${member.name}` })),
  ]);
  const rows = flat.map(({ name, description, values, default: otherwise, required }) => {
    const choice = values === undefined ? "" : ` One of ${values.map((value) => `\`${value}\``).join(", ")}.`;
    return `| \`${name}\` | ${description.replaceAll("|", "\\|")}${choice} | ${required === true ? "required" : shown(otherwise)} |`;
  });
  const table = ["| option | meaning | default |", "|---|---|---|", ...rows].join("\n");
  const text = readFileSync(new URL("../../../docs/hubspot.md", import.meta.url), "utf8");
  expect(text.slice(text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END)).trim()).toBe(table);
});
