/** `currency:` of amounts: fills the field that holds the record's ISO 4217 code. */
import type { CheckScope } from "./check.ts";
import type { RawField } from "./raw.ts";
import type { CurrencyOf, FieldInput, FieldMapping } from "./types.ts";

/** A code field and the amounts that share it. */
interface Codes {
  readonly target: string;
  readonly custom: boolean;
  readonly amount: RawField;
  readonly of: CurrencyOf[];
}

/**
 * The fields with those that hold currency codes added, or told to agree (`agree`). A custom amount gets its code into
 * `<name>_currency`. Of several amounts, source fields give the code before fixed ones. Notes MAPPING_CURRENCY.
 */
export function withCurrencies(fields: readonly FieldMapping[], scope: CheckScope): readonly FieldMapping[] {
  const byTarget = new Map<string, Codes>();
  for (const amount of scope.mapping.fields) {
    const checked = fields.find((field) => field.place === amount.place);
    if (amount.currency === null || checked === undefined) continue;
    const target = codeField(amount, checked, scope);
    const code = codeInput(amount, amount.currency, scope);
    if (target === null || code === null) continue;
    const key = `${checked.custom}.${target}`;
    const codes = byTarget.get(key) ?? { target, custom: checked.custom, amount, of: [] };
    byTarget.set(key, codes);
    codes.of.push({ amount: amount.input, code });
  }
  const result = [...fields];
  for (const codes of byTarget.values()) {
    const fixed = distinct(codes.of.map(({ code }) => code)).flatMap((code) =>
      code.kind === "value" ? [code.value] : [],
    );
    if (fixed.length > 1) {
      const message = `${codes.target} cannot be ${fixed.join(" and ")} at once`;
      error(codes.amount, scope, message, "Give the amounts of one record one currency.");
      continue;
    }
    const at = result.findIndex((field) => field.target === codes.target && field.custom === codes.custom);
    const own = at < 0 ? codeMapping(codes, scope) : result[at]!;
    // a field that copies the very source of a code cannot disagree with it
    const agree = codes.of.filter(({ code }) => !same(code, own.input));
    result.splice(at < 0 ? result.length : at, 1, agree.length === 0 ? own : { ...own, agree });
  }
  return result;
}

const distinct = (inputs: readonly FieldInput[]): readonly FieldInput[] =>
  inputs.filter((input, index) => inputs.findIndex((other) => same(other, input)) === index);

const same = (a: FieldInput, b: FieldInput): boolean => JSON.stringify(a) === JSON.stringify(b);

function error(amount: RawField, scope: CheckScope, message: string, hint: string): void {
  scope.problems.error(
    "MAPPING_CURRENCY",
    `${scope.mapping.object}.${amount.target}: ${message}`,
    amount.at("currency"),
    hint,
  );
}

function codeField(amount: RawField, checked: FieldMapping, scope: CheckScope): string | null {
  if (checked.type !== "currency") {
    error(
      amount,
      scope,
      `currency is for currency fields, this one is ${checked.type}`,
      "Add type: currency, or remove currency.",
    );
    return null;
  }
  if (checked.custom) return `${amount.target}_currency`;
  const field = checked.model?.currencyField ?? null;
  if (field !== null) return field;
  error(
    amount,
    scope,
    "the model has no field for the currency of this amount",
    "Map the currency to a field of its own.",
  );
  return null;
}

/** A source field of that name, else a fixed code. */
function codeInput(amount: RawField, text: string, scope: CheckScope): FieldInput | null {
  if (!scope.columns.has(text) && /^[A-Z]{3}$/.test(text)) return { kind: "value", value: text };
  scope.columns.require(text, amount.at("currency"), `${scope.mapping.object}.${amount.target}: currency`);
  return { kind: "from", columns: [text] };
}

function codeMapping(codes: Codes, scope: CheckScope): FieldMapping {
  const inputs = distinct(codes.of.map(({ code }) => code));
  const columns = inputs.flatMap((input) => (input.kind === "from" ? input.columns : []));
  const fixed = inputs.find((input) => input.kind === "value");
  const model = codes.custom ? null : (scope.object.fields.get(codes.target) ?? null);
  const options = model?.options ?? null;
  return {
    target: codes.target,
    custom: codes.custom,
    model,
    input: columns.length === 0 ? fixed! : { kind: "from", columns },
    values: null,
    transform: [],
    type: model?.type ?? "text",
    format: null,
    country: null,
    default: fixed === undefined || columns.length === 0 ? null : String(fixed.value),
    required: model?.required === true && scope.mapping.mode !== "update",
    // like the amount that it belongs to
    blank: codes.amount.blank ?? "ignore",
    ...(codes.amount.blank === "ignore" && !scope.blankMeansNothing ? { keepsNull: true } : {}),
    overwrite: codes.amount.overwrite ?? "always",
    onError: "reject",
    lookup: null,
    picklist: options === null ? null : { name: "", values: new Map(), unmapped: "stop" },
    owner: false,
    place: codes.amount.at("currency"),
  };
}
