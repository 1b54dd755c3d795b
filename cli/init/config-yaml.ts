/** The draft of migration.yaml, owners.yaml and what .gitignore must hold. */
import type { Draft } from "../../core/mapping/suggest.ts";
import { comment, flowList, scalar } from "./yaml-lines.ts";

export interface ConfigDraft {
  readonly name: string;
  readonly connector: string;
  /** As they will be read from the folder of migration.yaml. */
  readonly files: readonly string[];
  readonly draft: Draft;
}

export function configYaml({ name, connector, files, draft }: ConfigDraft): string {
  const lines = [
    comment("Where records come from, where they go. Written by `migrate init`; yours to change."),
    "version: 1",
    `name: ${scalar(name)}`,
    "source:",
    `  connector: ${scalar(connector)}`,
    `  files: ${files.length === 1 ? scalar(files[0]!) : flowList(files)}`,
  ];
  const { order, note } = draft.dates;
  if (order !== null) lines.push(`  dates: ${order}${" ".repeat(6)}${comment(note ?? "")}`);
  else if (note !== null) lines.push(`  ${comment(`TODO dates: ${note}`)}`);
  if (draft.decimal !== null) lines.push(`  decimal: ${scalar(draft.decimal)}`);
  lines.push(
    "target:",
    "  connector: postgres",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: what the file says
    '  url: "${DATABASE_URL:-}"      # empty: the embedded PostgreSQL',
    "  schema: crm",
    "  model: hotcrm",
    "mappings: ./mappings",
    ...(draft.owners === null ? [] : ["owners: ./owners.yaml"]),
    "limits: { rejects: 0.01 }       # more than 1 % rejected: the run is not clean",
    "reconcile: { tolerance: 0.001, spotChecks: 10 }",
  );
  if (draft.leftOut.length > 0) {
    lines.push("", comment("Left out of the draft:"));
    for (const { source, reason } of draft.leftOut) lines.push(comment(`- ${source}: ${reason}`));
  }
  return `${lines.join("\n")}\n`;
}

export function ownersYaml(owners: NonNullable<Draft["owners"]>): string {
  return [
    comment("How owners in the source become users in the target."),
    `match: ${owners.match}${" ".repeat(6)}${comment(owners.reason)}`,
    comment("map: { old.rep@acme.com: new.rep@acme.com }"),
    `unmatched: invite${" ".repeat(3)}${comment("creates an inactive user; or: stop, reject, null, or an e-mail that takes their records")}`,
    "inactive: keep",
    "",
  ].join("\n");
}

/** Lines that keep runs, the embedded database and secrets out of version control. */
export const GITIGNORE: readonly string[] = ["runs/", ".migrate/", ".env"];
