/** The temporary tables of a lane: what was copied, and what became of it. */
import type { StageColumn } from "../../mapping/compiled.ts";
import { ident } from "../../store/quote.ts";
import { type MergePlan, RESOLVED, STAGE } from "./plan.ts";
import { threeWayTables } from "./three-way.ts";

function columnList(columns: readonly StageColumn[]): string {
  return columns.map((column) => `${ident(column.name)} ${column.type}`).join(", ");
}

/** Columns of the staging table, in the order in which rows are written. */
export function stageColumns(plan: MergePlan): string[] {
  return ["line", "key", "hash", ...plan.compiled.columns.map((column) => column.name)];
}

/** Column definitions shared by staging and hold tables. */
export function stageDefinition(plan: MergePlan): string {
  const columns = columnList(plan.compiled.columns);
  return `line int8 not null, key text not null, hash uuid not null${columns === "" ? "" : `, ${columns}`}`;
}

/** Creates the lane's tables for a stage, dropping those of the stage before. */
export function laneTables(plan: MergePlan): string[] {
  const lookups = plan.lookups.map(
    (lookup) =>
      `, ${ident(`r_${lookup.column.name}`)} ${lookup.targetType}, ${ident(`o_${lookup.column.name}`)} text, ${ident(`m_${lookup.column.name}`)} bool`,
  );
  return [
    `drop table if exists pg_temp.${STAGE}, pg_temp.${RESOLVED}`,
    `create temp table ${STAGE} (${stageDefinition(plan)})`,
    `create temp table ${RESOLVED} (line int8 not null, key text not null, tid ${plan.object.idType}, verdict text not null,
       how text, whole bool not null, was xid, place int8, code text, field text, value text, detail text${lookups.join("")})`,
    ...(plan.threeWay === null ? [] : threeWayTables),
  ];
}

/** Fills the staging table by binary COPY. */
export function copyStatement(plan: MergePlan): string {
  return `copy ${STAGE} (${stageColumns(plan).map(ident).join(", ")}) from stdin (format binary)`;
}
