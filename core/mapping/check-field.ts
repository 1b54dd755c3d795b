/** One mapped field against source and target. */
import { ConfigError } from "../errors.ts";
import type { FieldType, ModelField, PicklistOption } from "../schema.ts";
import type { ProblemList } from "../yaml-read.ts";
import type { CheckScope } from "./check.ts";
import { checkCreate } from "./check-create.ts";
import { checkLookup, checkLookupKeys } from "./check-lookup.ts";
import { checkOption, checkPicklist, withSourceLabels } from "./check-picklist.ts";
import { findTarget, type Target } from "./check-target.ts";
import { checkTransforms } from "./check-transforms.ts";
import { checkType, clash, isDate, isPicklistType, isReference } from "./check-types.ts";
import { inputColumns } from "./inputs.ts";
import { OWNER_OBJECT } from "./order.ts";
import { phoneParser, WORLD } from "./phone.ts";
import { resolvePicklist } from "./picklists.ts";
import type { RawField } from "./raw.ts";
import type { FieldMapping, Picklist } from "./types.ts";
import { percentFormat } from "./values.ts";
import { durationParser } from "./values-duration.ts";
import { compileFormat } from "./values-format.ts";

/** The checked field, defaults resolved, or null when it has no place in the target. Everything wrong is noted. */
export function checkField(field: RawField, scope: CheckScope): FieldMapping | null {
  const { mapping, object, problems } = scope;
  const what = `${mapping.object}.${field.target}`;
  for (const column of inputColumns(field.input)) {
    scope.columns.require(column, field.at(field.input.kind === "from" ? "from" : "template"), what);
  }
  if (field.create && !checkCreate(field, object, what, problems)) return null;
  const target = findTarget(field, mapping, object, problems);
  if (target === null) return null;
  const owner = isOwner(field, target.model);
  const lookup = owner ? null : findLookup(field, target.model);
  const type = field.type ?? typeOf(field, target, owner, lookup !== null);
  checkType(field, target, type, owner, what, problems);
  const options = target.model?.options ?? null;
  const isPicklist = isPicklistType(type) || field.picklist !== null || options !== null;
  const given = isPicklist ? checkPicklist(field, mapping, scope.picklists, options, problems) : null;
  const picklist = given === null ? null : withSourceLabels(given, options, sourceOptions(field, scope));
  if (isPicklist && options !== null) checkConstants(field, picklist, options, what, problems);
  if (owner) checkOwner(field, target.model, what, scope);
  if (lookup === null) checkLookupKeys(field, what, problems);
  checkFormats(field, type, what, problems);
  if (field.blank === "clear" && !scope.blankMeansNothing) {
    problems.warn(
      "MAPPING_BLANK_UNUSED",
      `${what}: blank has no effect: this source says null where it means it`,
      field.at("blank"),
    );
  }
  return {
    target: field.target,
    custom: target.custom,
    model: target.model,
    input: field.input,
    values: field.values,
    transform: checkTransforms(field.transform, what, problems),
    type,
    format: field.format,
    country: field.country ?? (field.type === "phone" ? WORLD : null),
    default: field.default,
    required: field.required || (target.model?.required === true && mapping.mode !== "update"),
    blank: field.blank ?? "ignore",
    ...(field.blank === "ignore" && !scope.blankMeansNothing ? { keepsNull: true } : {}),
    overwrite: field.overwrite ?? "always",
    ...(field.conflicts === null ? {} : { conflicts: field.conflicts }),
    onError: field.onError ?? "reject",
    lookup: lookup === null ? null : checkLookup(field, lookup, target, what, scope),
    picklist,
    owner,
    ...(type === "multipicklist" && scope.blankMeansNothing ? { appends: true as const } : {}),
    place: field.place,
  };
}

/** What the source lists for the field's values, where nothing changes them before they are looked up. */
function sourceOptions({ input, values, transform }: RawField, { columns }: CheckScope): readonly PicklistOption[] {
  if (input.kind !== "from" || values !== null || transform.length > 0) return [];
  const listed = input.columns.flatMap((column) => columns.options(column));
  const labels = Map.groupBy(listed, ({ value }) => value);
  return listed.filter(({ value, label }) => labels.get(value)!.every((other) => other.label === label));
}

function isOwner(field: RawField, model: ModelField | null): boolean {
  return field.owner ?? (model?.type === "owner" && field.lookup === null);
}

/** Objects that the field refers to: as written, else those of the model's reference; null for none. */
function findLookup(field: RawField, model: ModelField | null): readonly string[] | null {
  return field.lookup ?? (model !== null && isReference(model.type) ? model.lookup : null);
}

function typeOf(field: RawField, target: Target, owner: boolean, lookup: boolean): FieldType {
  if (owner) return "owner";
  if (lookup) return "reference";
  if (target.model !== null) return target.model.type;
  return field.picklist === null ? "text" : "picklist";
}

/** Constants and defaults of a picklist field must be options, or become one. */
function checkConstants(
  field: RawField,
  picklist: Picklist | null,
  options: NonNullable<ModelField["options"]>,
  what: string,
  problems: ProblemList,
): void {
  const constants: [string, string | null][] = [["default", field.default]];
  if (field.input.kind === "value" && field.values === null && field.transform.length === 0) {
    constants.push(["value", field.input.value === null ? null : String(field.input.value)]);
  }
  for (const [key, text] of constants) {
    if (text === null || text === "" || resolvePicklist(picklist, options, text).kind === "value") continue;
    checkOption(text, options, `${what}: ${key}`, field.at(key), problems);
  }
}

function checkOwner(field: RawField, model: ModelField | null, what: string, scope: CheckScope): void {
  const { problems } = scope;
  const users = model?.lookup ?? [OWNER_OBJECT];
  if (model !== null && !isReference(model.type)) {
    clash(
      field,
      "owner",
      problems,
      `${what}: owner needs an owner or reference field, the target field is ${model.type}`,
    );
  } else if (users.includes(scope.mapping.object)) {
    clash(field, "owner", problems, `${what}: owners are ${users[0]} records themselves`, `Write lookup: ${users[0]}.`);
  }
  for (const key of ["lookup", "picklist", "by"] as const) {
    if (field[key] === null) continue;
    problems.error(
      "MAPPING_CONTRADICTION",
      `${what}: owner and ${key} exclude each other`,
      field.at(key),
      `Remove ${key}, or owner.`,
    );
  }
}

function checkFormats(field: RawField, type: FieldType, what: string, problems: ProblemList): void {
  const attempt = (key: string, compile: () => unknown): void => {
    try {
      compile();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.error(error.code, `${what}: ${error.message}`, field.at(key), error.hint);
    }
  };
  const { format, country } = field;
  if (format !== null && isDate(type)) attempt("format", () => compileFormat(format));
  if (format !== null && type === "duration") attempt("format", () => durationParser(format));
  if (format !== null && type === "percent") attempt("format", () => percentFormat("percent", format));
  if (country === null) return;
  if (type !== "phone") clash(field, "country", problems, `${what}: country is for phone fields, this one is ${type}`);
  else attempt("country", () => phoneParser(country));
}
