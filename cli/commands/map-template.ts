/** `migrate map template`: example files with the headers that a target object takes. */
import { join, relative, resolve } from "node:path";
import { ConfigError } from "../../core/errors.ts";
import { loadModel } from "../../core/model/load.ts";
import { nearest } from "../../core/nearest.ts";
import type { ModelField, ModelObject, TargetModel } from "../../core/schema.ts";
import type { App } from "../app.ts";
import { existing, writeNew } from "../init/write-files.ts";

export async function mapTemplate(app: App, objects: readonly string[], out: string): Promise<number> {
  const { output } = app;
  const dir = resolve(app.cwd, out);
  const model = await modelOf(app);
  const chosen = objects.map((name) => objectOf(model, name));
  const files = chosen.map((object) => ({ path: `${object.name}.csv`, text: templateCsv(object) }));
  if (!app.yes) {
    const there = await existing(
      dir,
      files.map((file) => file.path),
    );
    if (there.length > 0) {
      throw new ConfigError(
        "TEMPLATE_EXISTS",
        `nothing was written: ${there.map((path) => relative(app.cwd, join(dir, path))).join(", ")} exist already`,
        {
          hint: "Choose another folder with --out, or overwrite with --yes.",
        },
      );
    }
  }
  await writeNew(dir, files);
  const paths = files.map((file) => relative(app.cwd, join(dir, file.path)));
  output.document({ files: paths });
  if (!output.json) output.print(paths);
  return 0;
}

/** The model of the migration when there is one here, else the shipped one. */
async function modelOf(app: App): Promise<TargetModel> {
  const [there] = await existing(app.baseDir, ["migration.yaml"]);
  if (there === undefined && app.config === "migration.yaml") return loadModel("hotcrm", "crm");
  return app.withSession(async (session) => session.model, { connectTarget: false });
}

function objectOf(model: TargetModel, name: string): ModelObject {
  const object = model.objects.get(name);
  if (object !== undefined) return object;
  const near = nearest(name, model.objects.keys());
  throw new ConfigError("OBJECT_UNKNOWN", `the model ${model.name} has no object "${name}"`, {
    hint: near === null ? `It has ${[...model.objects.keys()].join(", ")}.` : `Did you mean ${near}?`,
  });
}

/** Header and one example row; `id` is the record's key. */
export function templateCsv(object: ModelObject): string {
  const fields = [...object.fields.values()].filter(
    (field) => !["source_system", "created_at", "updated_at"].includes(field.name),
  );
  const header = ["id", ...fields.map((field) => field.name)];
  const row = [`${object.name}-1`, ...fields.map((field) => example(field))];
  const line = (cells: readonly string[]): string =>
    cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(",");
  return `${line(header)}\r\n${line(row)}\r\n`;
}

function example(field: ModelField): string {
  const option = field.options?.[0]?.value;
  switch (field.type) {
    case "integer":
      return "1";
    case "decimal":
    case "percent":
      return "12.5";
    case "currency":
      return "1234.50";
    case "boolean":
      return "false";
    case "date":
      return "2026-01-31";
    case "datetime":
      return "2026-01-31T09:30:00Z";
    case "duration":
      return "00:15:00";
    case "picklist":
    case "multipicklist":
      return option ?? "";
    case "email":
    case "owner":
      return field.type === "owner" ? "owner@example.com" : "name@example.com";
    case "phone":
      return "+1 202 555 0142";
    case "url":
      return "https://example.com";
    case "reference":
      return `${field.lookup?.[0] ?? "record"}-1`;
    case "json":
      return "{}";
    case "file":
      return "files/example.pdf";
    default:
      if (field.name.includes("currency")) return "USD";
      return field.lookup !== null ? `${field.lookup[0]}-1` : field.label;
  }
}
