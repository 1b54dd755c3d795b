/** Existing target records that are recognised by other fields than their key. */
import type { StageColumn } from "../../mapping/compiled.ts";
import { folded, foldOf } from "../../mapping/fold.ts";
import { ident, literal } from "../../store/quote.ts";
import { type Statement, statement } from "../sql.ts";
import { type MergePlan, RESOLVED, STAGE } from "./plan.ts";

const CUSTOM = "custom.";

/** SQL of the texts, as an array, that the row `t` holds in one of the fields where a value is looked for. */
function heldIn(plan: MergePlan, place: string): string {
  if (place.startsWith(CUSTOM)) return customTexts("t.custom", place.slice(CUSTOM.length));
  const field = plan.object.fields.get(place)!;
  const column = `t.${ident(field.column)}`;
  return field.columnType === "text[]" ? column : severalIn(`${column}::text`);
}

/** The same of the staged row `e`; null: the mapping does not fill the field. */
function stagedIn(plan: MergePlan, place: string): string | null {
  if (place.startsWith(CUSTOM)) {
    return plan.custom === null ? null : customTexts(`e.${ident(plan.custom.name)}`, place.slice(CUSTOM.length));
  }
  const column = plan.values.find(({ target }) => target === place);
  if (column === undefined) return null;
  const staged = `e.${ident(column.name)}`;
  return column.type === "text[]" ? staged : severalIn(`${staged}::text`);
}

/** Several values in one text have `;` between them. */
const severalIn = (text: string): string => `string_to_array(${text}, ';')`;

function customTexts(json: string, name: string): string {
  const value = `${json} -> ${literal(name)}`;
  return `case when jsonb_typeof(${value}) = 'array' then array(select jsonb_array_elements_text(${value}))
    else ${severalIn(`(${json} ->> ${literal(name)})`)} end`;
}

/**
 * Recognises existing target records by another field, for rows not found by their key.
 * Ambiguous values reject; an earlier row of this chunk with the same value goes first.
 */
export function matchBy(plan: MergePlan, column: StageColumn): Statement[] {
  const model = column.field!.model!;
  const fold = foldOf([plan.object], model.name);
  const id = ident(plan.object.idColumn);
  const staged = `s.${ident(column.name)}`;
  const wrap = (expression: string) => folded(fold, `${expression}::text`);
  const places = plan.mapping.matchIn?.find(({ field }) => field === column.target)?.in ?? null;
  const held =
    places === null
      ? `select t.${id} as id, ${wrap(`t.${ident(model.column)}`)} as k from ${plan.table} t`
      : places
          .map(
            (place) =>
              `select t.${id} as id, ${wrap("u.k")} as k from ${plan.table} t, unnest(${heldIn(plan, place)}) as u(k)`,
          )
          .join(" union all ");
  const find = statement(
    (sql) => `update ${RESOLVED} r set
       tid = case when m.n = 1 then m.id end,
       how = 'match',
       verdict = case when m.n > 1 then 'r' else 'x' end,
       code = case when m.n > 1 then 'MATCH_AMBIGUOUS' else r.code end,
       field = case when m.n > 1 then ${sql.param(model.name, "text")} else r.field end,
       value = case when m.n > 1 then m.value else r.value end,
       detail = case when m.n > 1 then ${sql.param(plan.object.name, "text")} else r.detail end
     from (select s.line, ${wrap(staged)} as value, count(distinct h.id)::int as n, (array_agg(h.id))[1] as id
           from ${STAGE} s join ${RESOLVED} r on r.line = s.line
           join (${held}) h on h.k = ${wrap(staged)}
           where r.verdict = 'i' and ${staged} is not null group by s.line, 2) m
     where m.line = r.line`,
  );
  const steps = [find];
  if (model.column === plan.object.idColumn && plan.mapping.mode !== "update") steps.push(unknownId(plan, staged));
  return [...steps, sameValue(staged, wrap), ...(places === null ? [] : elsewhereInChunk(plan, places, staged, wrap))];
}

/** A record that says which row of the target it is must have one. */
function unknownId(plan: MergePlan, staged: string): Statement {
  return statement(
    (
      sql,
    ) => `update ${RESOLVED} r set verdict = 'r', code = 'MATCH_MISSING', field = ${sql.param(plan.object.idColumn, "text")},
       value = ${staged}::text, detail = ${sql.param(plan.object.name, "text")}
     from ${STAGE} s where s.line = r.line and r.verdict = 'i' and ${staged} is not null`,
  );
}

function sameValue(staged: string, wrap: (expression: string) => string): Statement {
  const text = `update ${RESOLVED} r set verdict = 'l'
     from (select s.line, row_number() over (partition by ${wrap(staged)} order by s.line) as place
           from ${STAGE} s join ${RESOLVED} r on r.line = s.line
           where r.verdict = 'i' and ${staged} is not null) m
     where m.line = r.line and m.place > 1`;
  return { text, values: [] };
}

/** Rows whose value an earlier row of the chunk has in one of the fields where it is looked for. */
function elsewhereInChunk(
  plan: MergePlan,
  places: readonly string[],
  staged: string,
  wrap: (expression: string) => string,
): Statement[] {
  const lists = places.map((place) => stagedIn(plan, place)).filter((list) => list !== null);
  if (lists.length === 0) return [];
  const earlier = lists.map(
    (
      list,
    ) => `select e.line, ${wrap("u.k")} as k from ${STAGE} e join ${RESOLVED} q on q.line = e.line, unnest(${list}) as u(k)
      where q.verdict = 'i'`,
  );
  const text = `update ${RESOLVED} r set verdict = 'l' from ${STAGE} s join (${earlier.join(" union all ")}) h
       on h.k = ${wrap(staged)} and h.line < s.line
     where s.line = r.line and r.verdict = 'i'`;
  return [{ text, values: [] }];
}
