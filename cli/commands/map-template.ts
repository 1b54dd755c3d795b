/** `migrate map template`: example files with the headers that a target object takes. */
import { join, relative, resolve } from "node:path";
import { ConfigError } from "../../core/errors.ts";
import { loadModel } from "../../core/model/load.ts";
import { nearest } from "../../core/nearest.ts";
import type { ModelObject, TargetModel } from "../../core/schema.ts";
import type { App } from "../app.ts";
import { existing, type NewFile, writeNew } from "../init/write-files.ts";
import { templateColumns } from "../template/columns.ts";
import { templateWorkbook } from "../template/workbook.ts";

export interface TemplateOptions {
  readonly out: string;
  readonly format: "csv" | "xlsx";
}

/** Throws ConfigError OBJECT_UNKNOWN, TEMPLATE_EXISTS. */
export async function mapTemplate(
  app: App,
  objects: readonly string[],
  { out, format }: TemplateOptions,
): Promise<number> {
  const { output } = app;
  const dir = resolve(app.cwd, out);
  const model = await modelOf(app);
  const chosen = [...new Set(objects)].map((name) => objectOf(model, name));
  const files = format === "xlsx" ? [workbookOf(chosen)] : chosen.map((object) => csvOf(object, chosen));
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

const namesOf = (objects: readonly ModelObject[]): ReadonlySet<string> => new Set(objects.map(({ name }) => name));

/** Header and one example row. */
function csvOf(object: ModelObject, together: readonly ModelObject[]): NewFile {
  const columns = templateColumns(object, namesOf(together));
  const line = (cells: readonly string[]): string =>
    cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(",");
  const rows = [columns.map(({ header }) => header), columns.map(({ example }) => example)];
  return { path: `${object.name}.csv`, text: rows.map((row) => `${line(row)}\r\n`).join("") };
}

/** One workbook, a sheet per object: named for the object when it is the only one. */
function workbookOf(objects: readonly ModelObject[]): NewFile {
  const names = namesOf(objects);
  const sheets = objects.map((object) => ({ name: object.name, columns: templateColumns(object, names) }));
  return { path: `${objects.length === 1 ? objects[0]!.name : "template"}.xlsx`, text: templateWorkbook(sheets) };
}
