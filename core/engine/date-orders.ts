/** Orders of day, month and year that the values of whole columns decide, where the source does not declare one. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Problem } from "../errors.ts";
import {
  DateOrderScan,
  type DateOrders,
  type DeclaredOrder,
  evidenceText,
  type FieldDates,
} from "../mapping/date-order.ts";
import { inputColumns } from "../mapping/inputs.ts";
import type { FieldMapping, ObjectMapping } from "../mapping/types.ts";
import { cellText, type RecordBatch } from "../record.ts";
import { isLoad } from "../run-kind.ts";
import { listRuns } from "./run-files.ts";
import type { Session } from "./session.ts";
import type { Plan } from "./types.ts";

export const fieldName = (field: Pick<FieldMapping, "custom" | "target">): string =>
  field.custom ? `custom.${field.target}` : field.target;

/** Fields whose dates are in an order that nobody declared: of files, without a format, transforms or values. */
export function undeclaredDates(session: Session, mapping: ObjectMapping): readonly FieldMapping[] {
  if (!session.source.capabilities.blankMeansNothing) return [];
  if (((session.config.source.options.dates as string | undefined) ?? "auto") !== "auto") return [];
  return mapping.fields.filter(
    ({ type, input, format, transform, values }) =>
      (type === "date" || type === "datetime") &&
      input.kind === "from" &&
      format === null &&
      transform.length === 0 &&
      values === null,
  );
}

const DASH = 45;

/** Gathers the evidence of one mapping's fields. `bind` once per batch, then `add` for each record that counts. */
export class DateScans {
  readonly #scans: readonly { readonly field: FieldMapping; readonly scan: DateOrderScan }[];
  #columns: readonly (readonly number[])[] = [];

  constructor(fields: readonly FieldMapping[]) {
    this.#scans = fields.map((field) => ({ field, scan: new DateOrderScan() }));
  }

  bind(columns: readonly string[]): void {
    this.#columns = this.#scans.map(({ field }) => inputColumns(field.input).map((name) => columns.indexOf(name)));
  }

  add(batch: RecordBatch, record: number, isBlank: (text: string | null) => boolean): void {
    const { starts, ends, data } = batch;
    const base = record * batch.columns.length;
    for (let index = 0; index < this.#scans.length; index++) {
      for (const column of this.#columns[index]!) {
        const start = starts[base + column]!;
        if (start < 0 || ends[base + column] === start) continue;
        // 2024-01-31 says itself what is what
        if (data[start + 4] === DASH && data[start + 7] === DASH && ends[base + column]! - start >= 10) break;
        const text = cellText(batch, record, column);
        if (isBlank(text)) continue;
        this.#scans[index]!.scan.add(text!, batch.lines[record]!);
        break;
      }
    }
  }

  results(mapping: ObjectMapping): FieldDates[] {
    return this.#scans.flatMap(({ field, scan }) => {
      const evidence = scan.result();
      if (evidence === null) return [];
      const columns = inputColumns(field.input);
      return [{ mapping: mapping.id, object: mapping.object, field: fieldName(field), columns, evidence }];
    });
  }
}

/** What was decided, to be handed to the session of a run. */
export function dateOrdersOf(plan: Pick<Plan, "dates"> | null): DateOrders {
  const orders = new Map<string, Map<string, DeclaredOrder>>();
  for (const { mapping, field, evidence } of plan?.dates ?? []) {
    if (evidence.order === null) continue;
    const fields = orders.get(mapping) ?? new Map<string, DeclaredOrder>();
    orders.set(mapping, fields.set(field, evidence.order));
  }
  return orders;
}

/** The same of a run that is there; null: of the newest one that wrote. A run without a plan decided nothing. */
export async function dateOrdersOfRun(runsDir: string, run: string | null): Promise<DateOrders> {
  const runs = run === null ? await listRuns(runsDir) : [];
  const written = runs
    .filter((run) => isLoad(run) && run.status === "completed" && !run.dryRun)
    .map((report) => report.run);
  const name = run ?? written.sort().at(-1);
  if (name === undefined) return dateOrdersOf(null);
  return dateOrdersOf(await readFile(join(runsDir, name, "plan.json"), "utf8").then(JSON.parse, () => null));
}

/** `opportunity.close_date (Close Date): day first: 3 values can only be ...`. */
export const datesText = ({ object, field, columns, evidence }: FieldDates): string =>
  `${object}.${field} (${columns.join(", ")}): ${evidenceText(evidence)}`;

/** Columns that no order fits, or several: values that can be read in several ways will be rejected. */
export function dateProblems(session: Session, dates: readonly FieldDates[], severity: Problem["severity"]): Problem[] {
  return dates.flatMap((found): Problem[] => {
    const { evidence } = found;
    if (evidence.state === "decided" || (evidence.several === 0 && evidence.only.mdy + evidence.only.dmy === 0))
      return [];
    const mapping = session.mappings.mappings.find(({ id }) => id === found.mapping)!;
    const field = mapping.fields.find((candidate) => fieldName(candidate) === found.field)!;
    return [
      {
        code: evidence.state === "ambiguous" ? "DATES_AMBIGUOUS" : "DATES_CONTRADICTORY",
        message: datesText(found),
        place: field.place,
        hint: `Say \`dates: ${(evidence.possible.length === 0 ? ["dmy", "mdy"] : evidence.possible).join(" | ")}\` for the source, or give the field a \`format\`. What does not say its order is rejected until then.`,
        severity,
      },
    ];
  });
}
