/** Runs the `cases:` of mappings through the compiled mapping, as a run would. */
import type { Place } from "../errors.ts";
import { BatchBuilder } from "../record.ts";
import type { CompiledMapping, ExplainedRecord } from "./compiled.ts";
import { EXPECT_FILTERED, EXPECT_MERGED, EXPECT_REJECT } from "./parse-cases.ts";
import type { MappingCase, MappingSet, ObjectMapping } from "./types.ts";

export interface CaseFailure {
  readonly mapping: string;
  readonly name: string;
  readonly place: Place;
  /** Target field; null: the record's outcome. */
  readonly field: string | null;
  readonly expected: string;
  readonly got: string;
}

export interface CaseResults {
  readonly run: number;
  readonly failures: readonly CaseFailure[];
}

/** Runs every case of the set. Columns that a case's input leaves out are null. */
export function runCases(set: MappingSet, compile: (mapping: ObjectMapping) => CompiledMapping): CaseResults {
  const failures: CaseFailure[] = [];
  let run = 0;
  for (const mapping of set.mappings) {
    if (mapping.cases.length === 0) continue;
    const compiled = compile(mapping);
    for (const example of mapping.cases) {
      run++;
      failures.push(...runCase(compiled, example));
    }
  }
  return { run, failures };
}

function runCase(compiled: CompiledMapping, example: MappingCase): CaseFailure[] {
  const columns = [...new Set([...compiled.reads, ...Object.keys(example.input)])];
  const builder = new BatchBuilder(columns);
  builder.add(
    1,
    columns.map((column) => example.input[column] ?? null),
  );
  const record = compiled.bind(columns).explain(builder.build({}), 0);
  const fail = (field: string | null, expected: string, got: string): CaseFailure => {
    return { mapping: compiled.mapping.id, name: example.name, place: example.place, field, expected, got };
  };
  const expected = expectedOutcome(example);
  const got = outcomeText(record);
  // one of several problems is enough: a case shows one reason
  const codes =
    record.outcome.kind === "rejected" ? record.outcome.problems.map((problem) => `reject ${problem.code}`) : [];
  if (expected !== got && !codes.includes(expected)) return [fail(null, expected, got)];
  if (record.outcome.kind !== "staged") return [];
  return Object.entries(example.expect).flatMap(([target, value]) => {
    const field = record.fields.find((candidate) => candidate.field.target === target);
    const text = field?.value ?? null;
    return text === value ? [] : [fail(target, show(value), show(text))];
  });
}

function expectedOutcome({ expect }: MappingCase): string {
  if (expect[EXPECT_FILTERED] === true) return "filtered";
  if (EXPECT_MERGED in expect) return `merged into ${expect[EXPECT_MERGED]}`;
  return EXPECT_REJECT in expect ? `reject ${expect[EXPECT_REJECT]}` : "loaded";
}

function outcomeText({ outcome }: ExplainedRecord): string {
  if (outcome.kind === "staged") return "loaded";
  if (outcome.kind === "filtered") return "filtered";
  if (outcome.kind === "merged") return `merged into ${outcome.into}`;
  return `reject ${outcome.problems.map((problem) => problem.code).join(", ")}`;
}

const show = (value: unknown): string => (value === null ? "null" : JSON.stringify(value));
