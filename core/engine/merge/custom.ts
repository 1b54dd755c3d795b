/** SQL of the `custom` column: one jsonb object that holds the mapped fields which the model lacks, beside keys of others. */
import { ident, literal } from "../../store/quote.ts";
import type { MergePlan } from "./plan.ts";

/** Text array of the custom keys under a policy. */
function keys(plan: MergePlan, ...policies: readonly string[]): string | null {
  const found = plan.mapping.fields.filter((field) => field.custom && policies.includes(field.overwrite));
  return found.length === 0 ? null : `array[${found.map((field) => literal(field.target)).join(", ")}]`;
}

/** Top-level keys whose value is null: fields that the source cleared. Nulls inside json fields are values. */
const nullKeys = (json: string): string => `array(select key from jsonb_each(${json}) where value = 'null'::jsonb)`;

/**
 * The staged object, where lists that add to what the target has (see appended.ts) are whole: with what `held`, a jsonb object, has
 * of them. null: there is nothing yet.
 */
function wholeLists(plan: MergePlan, staged: string, held: string | null): string {
  return plan.mapping.fields
    .filter((field) => field.custom && field.appends === true)
    .reduce((json, { target }) => {
      const key = literal(target);
      const list = `${staged} -> ${key}`;
      const before = held === null ? "'[]'::jsonb" : `coalesce(${held} -> ${key}, '[]')`;
      return `(${json} || case when jsonb_typeof(${list}) = 'array' and ${list} ->> 0 = '' then jsonb_build_object(${key},
        ${before} || (select coalesce(jsonb_agg(x order by n), '[]') from jsonb_array_elements(${list}) with ordinality as u(x, n)
          where n > 1 and not ${before} @> jsonb_build_array(x))) else '{}' end)`;
    }, staged);
}

/** Value of a new row; null when nothing is left. */
export function customOfNew(plan: MergePlan, alias = "s"): string {
  const staged = wholeLists(plan, `${alias}.${ident(plan.custom!.name)}`, null);
  const nested = plan.mapping.fields.some((field) => field.custom && field.type === "json");
  return nested
    ? `nullif(${staged} - ${nullKeys(staged)}, '{}'::jsonb)`
    : `nullif(jsonb_strip_nulls(${staged}), '{}'::jsonb)`;
}

/** Value of an existing row `t`, never null: merged key by key by their `overwrite`; a null takes its key away. */
export function customOfExisting(plan: MergePlan, alias = "s"): string {
  const said = wholeLists(plan, `${alias}.${ident(plan.custom!.name)}`, "t.custom");
  // edits of the target that are left alone; see three-way.ts
  const staged = plan.threeWay === null ? said : `(${said} - coalesce(k.custom, '{}'::text[]))`;
  const guarded = keys(plan, "if-empty", "never");
  const always = guarded === null ? staged : `(${staged} - ${guarded})`;
  const ifEmpty = keys(plan, "if-empty");
  const others = keys(plan, "always", "never");
  let base = "coalesce(t.custom, '{}'::jsonb)";
  if (ifEmpty !== null) {
    const part = others === null ? staged : `(${staged} - ${others})`;
    base = `(${part} - ${nullKeys(part)}) || ${base}`;
  }
  return `((${base} || ${always}) - ${nullKeys(always)})`;
}
