/** `currency:` of amounts: fills the field that holds the record's ISO 4217 code. */
import type { CheckScope } from "./check.ts";
import type { RawField } from "./raw.ts";
import type { FieldInput, FieldMapping } from "./types.ts";

/** A code field and where its amounts get their codes. */
interface Codes {
  readonly target: string;
  readonly custom: boolean;
  readonly amount: RawField;
  readonly inputs: FieldInput[];
}

/**
 * The fields with those that hold currency codes added, or told to agree (`agree`). A custom amount gets its code into
 * `<name>_currency`. Notes MAPPING_CURRENCY.
 */
export function withCurrencies(fields: readonly FieldMapping[], scope: CheckScope): readonly FieldMapping[] {
  const byTarget = new Map<string, Codes>();
  for (const amount of scope.mapping.fields) {
    const checked = fields.find((field) => field.place === amount.place);
    if (amount.currency === null || checked === undefined) continue;
    const target = codeField(amount, checked, scope);
    const input = codeInput(amount, amount.currency, scope);
    if (target === null || input === null) continue;
    const codes = byTarget.get(target) ?? { target, custom: checked.custom, amount, inputs: [] };
    byTarget.set(target, codes);
    if (!codes.inputs.some((known) => same(known, input))) codes.inputs.push(input);
  }
  const result = [...fields];
  for (const codes of byTarget.values()) {
    const fixed = codes.inputs.filter((input) => input.kind === "value");
    if (fixed.length > 1) {
      const list = fixed.map((input) => input.value).join(" and ");
      error(
        codes.amount,
        scope,
        `${codes.target} cannot be ${list} at once`,
        "Give the amounts of one record one currency.",
      );
      continue;
    }
    const at = result.findIndex((field) => field.target === codes.target && field.custom === codes.custom);
    if (at < 0) result.push(codeMapping(codes, fixed[0], scope));
    else {
      const own = result[at]!;
      const agree = codes.inputs.filter((input) => !same(input, own.input));
      if (agree.length > 0) result[at] = { ...own, agree };
    }
  }
  return result;
}

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

function codeMapping(codes: Codes, fixed: FieldInput | undefined, scope: CheckScope): FieldMapping {
  const columns = codes.inputs.flatMap((input) => (input.kind === "from" ? input.columns : []));
  const model = codes.custom ? null : (scope.object.fields.get(codes.target) ?? null);
  const options = model?.options ?? null;
  return {
    target: codes.target,
    custom: codes.custom,
    model,
    input: fixed ?? { kind: "from", columns },
    values: null,
    transform: [],
    type: model?.type ?? "text",
    format: null,
    country: null,
    default: null,
    required: model?.required === true && scope.mapping.mode !== "update",
    blank: "ignore",
    overwrite: "always",
    onError: "reject",
    lookup: null,
    picklist: options === null ? null : { name: "", values: new Map(), unmapped: "stop" },
    owner: false,
    ...(codes.inputs.length > 1 ? { agree: codes.inputs } : {}),
    place: codes.amount.at("currency"),
  };
}
