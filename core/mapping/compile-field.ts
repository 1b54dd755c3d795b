/** One field's meaning, step by step, on texts: the slow path of staging, and all that `explain` does. */
import { ConfigError } from "../errors.ts";
import { keyText } from "../key-text.ts";
import { appended } from "./appended.ts";
import type { CompileOptions } from "./compiled.ts";
import { refersToKey } from "./inputs.ts";
import { isNamed, namedReader } from "./named-lookup.ts";
import { show } from "./numbers.ts";
import { picklistResolver } from "./picklists.ts";
import { fillTemplate } from "./template.ts";
import { compileTransform } from "./transforms.ts";
import type { FieldMapping } from "./types.ts";
import { valueParser } from "./values.ts";
import { arrayItems, isBlank } from "./values-text.ts";
import { type Failure, isFailure, isKept, type Parse, type Parsed } from "./values-types.ts";

/** The order in which a field's dates are read. */
export const orderOfDates = (
  { custom, target }: Pick<FieldMapping, "custom" | "target">,
  { dates, dateOrders }: Pick<CompileOptions, "dates" | "dateOrders">,
): CompileOptions["dates"] => dateOrders?.get(custom ? `custom.${target}` : target) ?? dates;

/** A failure that stops the run instead of rejecting the record. */
export interface Stop extends Failure {
  readonly stop: true;
}

export interface FieldEvaluator {
  /** The source text: first non-blank column (that `skip` does not name), constant, or filled template; null when blank. `cell` gives null for blanks. */
  read(cell: (column: string) => string | null): string | null;
  /** values -> transforms -> default -> owner, lookup, picklist -> type. Canonical text; null: blank. Never throws. */
  evaluate(source: string | null): Parsed | Stop | null;
  /** Whether a blank source may yield something: a default, or `values: {"": ...}`. */
  readonly fillsBlanks: boolean;
}

/** `object`: the target object, for messages. Throws ConfigError: FORMAT_INVALID, COUNTRY_UNKNOWN, TIMEZONE_UNKNOWN, TRANSFORM_INVALID, DEFAULT_INVALID. */
export function compileField(field: FieldMapping, options: CompileOptions, object?: string): FieldEvaluator {
  const translate = translator(field.values);
  const transform = transformer(field, options.decimal);
  const resolve = resolver(field, options, object);
  const fill = field.default === null || isBlank(field.default) ? null : field.default;

  const evaluate = (source: string | null): Parsed | Stop | null => {
    let text = translate(source);
    if (text !== null && transform !== null) {
      const transformed = transform(text);
      if (transformed !== null && typeof transformed !== "string") return transformed;
      text = transformed;
    }
    if (isBlank(text)) text = fill;
    if (text === null) return null;
    const result = resolve(text);
    const final = isFailure(result) ? null : isKept(result) ? result.text : result;
    if (final?.includes("\0") === true) {
      return { code: "VALUE_HAS_NUL", reason: "expected a text without NUL characters, which PostgreSQL cannot hold" };
    }
    return result;
  };

  if (fill !== null && !field.owner) checkConstant(field, "default", resolve(fill));
  if (field.input.kind === "value" && !field.owner)
    checkConstant(field, "value", evaluate(constantText(field, options.decimal)));
  return {
    read: reader(field, options.decimal),
    evaluate,
    fillsBlanks: fill !== null || field.values?.has("") === true,
  };
}

/** A number of the YAML is written as the source would write it: the type reads it after that. */
function constantText(field: FieldMapping, decimal: "." | ","): string | null {
  if (field.input.kind !== "value" || field.input.value === null) return null;
  const { value } = field.input;
  const text = typeof value === "number" ? String(value).replace(".", decimal) : String(value);
  return isBlank(text) ? null : text;
}

function reader(field: FieldMapping, decimal: "." | ","): (cell: (column: string) => string | null) => string | null {
  const { input } = field;
  if (input.kind === "value") {
    const text = constantText(field, decimal);
    return () => text;
  }
  if (input.kind === "template") return (cell) => fillTemplate(input.parts, cell);
  if (isNamed(field.lookup)) return namedReader(field, field.lookup);
  const { columns, skip = [] } = input;
  const skipped = new Set(skip.map((text) => text.trim().toLowerCase()));
  return (cell) => {
    let passedOver: string | null = null;
    for (const column of columns) {
      const text = cell(column);
      if (text === null) continue;
      if (skipped.size === 0 || !skipped.has(text.trim().toLowerCase())) return text;
      passedOver ??= text;
    }
    return passedOver;
  };
}

function translator(values: ReadonlyMap<string, string> | null): (text: string | null) => string | null {
  if (values === null) return (text) => text;
  const folded = new Map<string, string>();
  for (const [from, to] of values) {
    const key = from.trim().toLowerCase();
    if (!folded.has(key)) folded.set(key, to);
  }
  return (text) => values.get(text ?? "") ?? (text === null ? null : (folded.get(text.trim().toLowerCase()) ?? text));
}

function transformer(field: FieldMapping, decimal: "." | ","): ((text: string) => string | null | Failure) | null {
  if (field.transform.length === 0) return null;
  const steps = field.transform.map((call) => {
    try {
      return compileTransform(call, decimal);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new ConfigError("TRANSFORM_INVALID", error.message, { place: { ...field.place, field: field.target } });
    }
  });
  return (source) => {
    let text = source;
    for (const step of steps) {
      if (isBlank(text)) return null;
      const result = step(text);
      if (typeof result !== "string") return result;
      text = result;
    }
    return text;
  };
}

/** From a text that is not blank to the value: owner, lookup, or picklist and type. */
function resolver(
  field: FieldMapping,
  options: CompileOptions,
  object: string | undefined,
): (text: string) => Parsed | Stop {
  const resolve = valueResolver(field, options, object);
  if (field.appends !== true || (field.model !== null && field.model.columnType !== "text[]")) return resolve;
  return (text) => (/^\s*;/.test(text) ? appended(resolve(text), field.custom) : resolve(text));
}

function valueResolver(
  field: FieldMapping,
  options: CompileOptions,
  object: string | undefined,
): (text: string) => Parsed | Stop {
  if (field.owner) {
    return (text) => {
      const owner = options.owners.resolve(text);
      if (owner !== null) return owner;
      return {
        text: null,
        warning: { code: "OWNER_UNMATCHED", reason: `${show(text)} has no user; null by owners.yaml` },
      };
    };
  }
  if (field.lookup !== null) return refersToKey(field.lookup) ? referenceText : (text) => text;
  const spec = {
    type: field.type,
    columnType: field.model?.columnType ?? (field.type === "multipicklist" ? "text[]" : null),
    maxLength: field.model?.maxLength ?? null,
    format: field.format,
    country: field.country,
  };
  const value = valueParser(spec, { ...options, dates: orderOfDates(field, options) });
  const parse: Parse = field.custom ? customText(field, value) : value;
  const picked = field.type === "picklist" || field.type === "multipicklist" || field.picklist !== null;
  const values = picked ? (field.model?.options ?? null) : null;
  if (!picked || (field.picklist === null && values === null)) {
    return field.type === "picklist" ? (text) => parse(text.trim()) : parse;
  }
  const pick = picker(field, values, object);
  if (field.type !== "multipicklist") return (text) => chain(pick(text), parse);
  return (text) => {
    const kept: string[] = [];
    let warning: Failure | null = null;
    for (const part of text.split(";")) {
      if (isBlank(part)) continue;
      const result = pick(part);
      if (isFailure(result)) return result;
      if (isKept(result)) warning ??= result.warning;
      const chosen = isKept(result) ? result.text : (result as string);
      if (chosen !== null) kept.push(chosen);
    }
    const parsed: Parsed = kept.length === 0 ? { text: null, warning: warning! } : parse(kept.join(";"));
    return warning === null || isFailure(parsed)
      ? parsed
      : { text: isKept(parsed) ? parsed.text : (parsed as string), warning };
  };
}

/** Of a key that was changed to be compared. */
export const oddSpaces = (key: string): Failure => ({
  code: "KEY_SPACES",
  reason: `has no-break or several spaces; taken as ${show(key)}`,
});

function referenceText(text: string): Parsed {
  const key = keyText(text);
  return key === text.trim() ? key : { text: key, warning: oddSpaces(key) };
}

function chain(first: Parsed | Stop, parse: Parse): Parsed | Stop {
  if (typeof first === "string") return parse(first);
  if (isFailure(first) || first.text === null) return first;
  const parsed = parse(first.text);
  return typeof parsed === "string" ? { text: parsed, warning: first.warning } : parsed;
}

function picker(
  field: FieldMapping,
  values: Parameters<typeof picklistResolver>[1],
  object: string | undefined,
): (text: string) => Parsed | Stop {
  const resolve = picklistResolver(field.picklist, values);
  const policy = field.picklist?.unmapped ?? "stop";
  const where = object === undefined ? field.target : `${object}.${field.target}`;
  const name =
    field.picklist === null
      ? `the options of ${field.target}`
      : field.picklist.name === ""
        ? `the picklist of ${where}`
        : `picklist ${field.picklist.name}`;
  return (text) => {
    const found = resolve(text);
    if (found.kind === "value") {
      if (found.how !== "kept" && found.how !== "fallback") return found.value;
      const reason = `${show(text)} is not in ${name}; ${found.how === "kept" ? "kept as it is" : `became ${show(found.value)}`}`;
      return { text: found.value, warning: { code: "VALUE_UNMAPPED", reason } };
    }
    if (policy === "null") {
      return {
        text: null,
        warning: { code: "VALUE_UNMAPPED", reason: `${show(text)} is not in ${name}; null by its policy` },
      };
    }
    const failure = { code: "VALUE_UNMAPPED", reason: `${show(text)} is not in ${name}` };
    return policy === "reject" ? failure : { ...failure, stop: true };
  };
}

/** Custom fields: the text that `custom ->> 'key'` gives. */
function customText(field: FieldMapping, parse: Parse): Parse {
  let print: (text: string) => string;
  if (field.type === "datetime") print = (text) => `${text.slice(0, -3).replace(" ", "T")}Z`;
  else if (field.type === "multipicklist")
    print = (text) =>
      `[${arrayItems(text)
        .map((item) => JSON.stringify(item))
        .join(", ")}]`;
  else return parse;
  return (text) => {
    const parsed = parse(text);
    return typeof parsed === "string" ? print(parsed) : parsed;
  };
}

function checkConstant(field: FieldMapping, what: string, result: Parsed | Stop | null): void {
  if (!isFailure(result)) return;
  throw new ConfigError("DEFAULT_INVALID", `${what} of ${field.target}: ${result.reason} (${result.code})`, {
    place: { ...field.place, field: field.target },
    hint: `Give ${what} a value that ${field.target} can hold.`,
  });
}
