/** docs/transforms.md, made from the table; a test compares the file with it. */
import { transforms } from "./transforms.ts";
import type { TransformExample, TransformSpec } from "./transforms-types.ts";

export function transformsMarkdown(): string {
  const specs = [...transforms.values()];
  return `${[
    "# Transforms",
    "",
    "<!-- Made from core/mapping/transforms.ts: `npx vitest run test/core/mapping/transforms.test.ts -u` writes it again. -->",
    "",
    "`transform:` takes a list, applied from left to right after `values:` and before lookup, picklist and type:",
    "",
    "```yaml",
    "website: { from: Website, transform: [trim, lower] }",
    "account_id: { from: Email, transform: [domain], lookup: account, by: domain }",
    "probability: { from: hs_deal_stage_probability, transform: [{ number_scale: 100 }] }",
    "city: { from: BillingAddress, transform: [{ json_get: city }] }",
    'country: { from: Location, transform: [{ split: [",", 2] }, trim] }',
    "```",
    "",
    "Blank values are not transformed. A transform that leaves nothing makes the field blank. The table is closed: there is no",
    "`eval`. Each example is a test; ∅ is blank.",
    "",
    "| transform | does |",
    "|---|---|",
    ...specs.map((spec) => `| [\`${usage(spec)}\`](#${spec.name}) | ${spec.summary} |`),
    "",
    ...specs.flatMap(section),
  ].join("\n")}`;
}

function usage(spec: TransformSpec): string {
  if (spec.args.length === 0) return spec.name;
  return `${spec.name}(${spec.args.map((arg) => `${arg.name}${arg.rest ? "..." : arg.optional ? "?" : ""}`).join(", ")})`;
}

function section(spec: TransformSpec): string[] {
  const args = spec.args.map((arg) => `- \`${arg.name}\`: ${arg.description}${arg.optional ? " (optional)" : ""}`);
  return [
    `## ${spec.name}`,
    "",
    spec.summary,
    "",
    ...(args.length === 0 ? [] : [...args, ""]),
    "| value | transform | gives |",
    "|---|---|---|",
    ...spec.examples.map((example) => `| ${code(example[0])} | \`${call(spec, example)}\` | ${result(example[2])} |`),
    "",
  ];
}

function call(spec: TransformSpec, [, args]: TransformExample): string {
  if (args.length === 0) return spec.name;
  const texts = args.map((arg) => JSON.stringify(arg));
  return `{ ${spec.name}: ${texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`} }`;
}

function result(output: TransformExample[2]): string {
  if (output === null) return "∅";
  return typeof output === "string" ? code(output) : output.code;
}

function code(text: string): string {
  const shown = JSON.stringify(text)
    .slice(1, -1)
    .replace(/\\"/g, '"')
    .replace(/\u00a0/g, "\\u00a0")
    .replaceAll("|", "\\|");
  return `\`${shown}\``;
}
