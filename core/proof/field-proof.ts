/** Levels 2 and 4 of one mapping: figures of every field, and every field of every record. */
import type { CompiledMapping } from "../mapping/compiled.ts";
import type { ObjectMapping } from "../mapping/types.ts";
import type { TargetModel } from "../schema.ts";
import { type ComparedField, comparedFields, type RowFacts, sharedFields } from "./compared-fields.ts";
import { FieldPass, type FieldResult, joined, noteDifferences, type PassInput } from "./field-pass.ts";
import { GroupPass } from "./group-figures.ts";
import { nameOwners } from "./owner-names.ts";
import type { Place } from "./place.ts";
import type { ProofTables } from "./proof-tables.ts";
import type { ReferencePass } from "./reference-pass.ts";
import { sharePieces } from "./second-view.ts";
import type { StagedRows } from "./staged.ts";
import type { TargetTables } from "./target-tables.ts";
import type { Difference, FieldComparison, FieldFigures, GroupFigures, KeyFinding } from "./types.ts";

/** Differences that `reconciliation.json` holds per object; all of them are in a file of their own. */
export const MOST_DIFFERENCES = 100;

export interface FieldProofInput {
  readonly tables: ProofTables;
  readonly place: Place;
  readonly compiled: CompiledMapping;
  /** Name of the temporary table that holds the staged records of a piece. */
  readonly staged: string;
  readonly model: TargetModel;
  readonly targets: TargetTables;
  readonly mappings: readonly ObjectMapping[];
  /** Fields with edits that a run decided to keep; see keptFields. */
  readonly kept: ReadonlySet<string>;
  /** True: differences are located and noted in `proof_difference`. */
  readonly list: boolean;
  /** See locateLoaded. */
  readonly byTid: boolean;
  readonly references: ReferencePass;
  /** Staged columns of the lookups, in the order of the references. */
  readonly lookups: readonly string[];
  /** Records up to which distinct values are counted exactly, and all are compared at once. */
  readonly exactUpTo: number;
}

export interface FieldProof {
  readonly figures: readonly FieldFigures[];
  readonly groups: readonly GroupFigures[];
  /** Groups that were too many to be told apart, by what. */
  readonly tooMany: readonly string[];
  /** Of the values that were compared. */
  readonly records: number;
  readonly values: number;
  /** Fields with values that a policy left to the target, most first. */
  readonly left: readonly { readonly field: string; readonly count: number }[];
  readonly surplus: ReadonlyMap<string, KeyFinding>;
}

/** Proves the fields of a mapping while the staged records come, piece by piece. */
export class FieldProver {
  /** The records are too many to be compared at once. */
  readonly inPieces: boolean;
  readonly #input: FieldProofInput;
  readonly #fields: readonly ComparedField[];
  readonly #pass: PassInput;
  readonly #values: FieldPass;
  readonly #groups: GroupPass | null;
  /** Every record that is found is the source's to say. */
  readonly #whole: boolean;
  /** Records that another source wrote later, or that `mode: insert` left alone. */
  readonly #apart: number;
  /** Records that were found, those apart. */
  #found = 0;
  /** The first keys of each field. */
  readonly #surplus = new Map<string, readonly string[]>();

  private constructor(
    input: FieldProofInput,
    facts: Awaited<ReturnType<typeof rowFacts>>,
    fields: readonly ComparedField[],
    pass: PassInput,
    values: FieldPass,
    groups: GroupPass | null,
  ) {
    this.#input = input;
    this.#fields = fields;
    this.#pass = pass;
    this.#values = values;
    this.#groups = groups;
    this.#whole = facts.whole;
    this.#apart = facts.apart;
    this.inPieces = facts.rows > input.exactUpTo;
  }

  /** `locateLoaded`, `findLaterWriters` and `keptFields` come first. */
  static async create(input: FieldProofInput): Promise<FieldProver> {
    const { tables, place, compiled, staged, mappings, kept } = input;
    const facts = await rowFacts(tables, place);
    const fields = comparedFields(compiled, place.object, sharedFields(place.mapping, mappings), facts);
    const pass: PassInput = {
      tables,
      place,
      staged,
      byTid: input.byTid,
      fields: fields.map((field) => (kept.has(nameOf(field)) ? withoutKept(field) : field)),
      references: input.references.beside(input.lookups),
    };
    const values = await FieldPass.create(pass, facts.rows <= input.exactUpTo);
    return new FieldProver(input, facts, fields, pass, values, await GroupPass.create(pass));
  }

  /** Compares the `rows` staged records. */
  async piece(rows: number): Promise<void> {
    const { kept, list, references, lookups, staged } = this.#input;
    const { found, differing, told, open } = await this.#values.piece(rows, this.#whole);
    this.#found += found;
    const whole = this.#whole && found === rows;
    await this.#groups?.piece(new Set(differing), whole);
    if (whole && open.length === lookups.length && open.every((count) => count === 0)) references.settled(told);
    else await references.staged(staged, lookups);
    if (list) {
      const names = new Set([...differing.map(nameOf), ...kept]);
      const located = this.#fields.filter((field) => names.has(nameOf(field)));
      if (located.length > 0) await noteDifferences({ ...this.#pass, fields: located }, located);
    }
    for (const field of differing) if (field.kind === "blank") await this.#addSurplus(field);
  }

  /** Lets a second connection compare pieces, where most often all of one agrees; null: it cannot. See sharePieces. */
  async share(
    second: ProofTables,
    compiled: CompiledMapping,
    staged: StagedRows,
  ): Promise<(() => Promise<void>) | null> {
    if (!this.inPieces || !this.#whole || !this.#values.plain) return null;
    return sharePieces(second, {
      place: this.#input.place,
      compiled,
      staged,
      pass: this.#pass,
      values: this.#values,
      groups: this.#groups,
      settled: (told) => this.#input.references.settled(told),
    });
  }

  async #addSurplus({ field, applies, actual }: ComparedField): Promise<void> {
    const rows = await this.#pass.tables.rows<{ key: string }>(
      `select p.key from ${joined(this.#pass)} and (${applies ?? "true"}) and ${actual} is not null order by p.key limit ${KEYS_SHOWN}`,
    );
    // in order of their bytes, as the database has it
    const keys = [...(this.#surplus.get(field) ?? []), ...rows.map(({ key }) => key)].sort((left, right) =>
      Buffer.compare(Buffer.from(left), Buffer.from(right)),
    );
    this.#surplus.set(field, keys.slice(0, KEYS_SHOWN));
  }

  /** What all pieces gave. */
  async result(): Promise<FieldProof> {
    const { tables, place, model, targets, kept, list } = this.#input;
    const results = await this.#values.results();
    const { groups, tooMany } = (await this.#groups?.results(model, targets)) ?? { groups: [], tooMany: [] };
    const owners = results.flatMap(({ field, differing }) =>
      field.mapping.owner && (differing > 0 || kept.has(nameOf(field))) ? [field.field] : [],
    );
    if (list) await nameOwners({ tables, model, targets }, place.origin, owners);
    const surplus = results.flatMap(({ field: { field, kind }, differing: count }) =>
      kind === "blank" && count > 0 ? [[field, { count, keys: this.#surplus.get(field) ?? [] }] as const] : [],
    );
    return {
      figures: results.flatMap(({ figures }) => (figures === null ? [] : [figures])),
      groups,
      tooMany,
      records: Math.max(0, ...results.map(({ records }) => records)),
      values: results.reduce((sum, { field, records }) => sum + (field.kind === "blank" ? 0 : records), 0),
      left: this.#left(results),
      surplus: new Map(surplus),
    };
  }

  #left(results: readonly FieldResult[]): FieldProof["left"] {
    const left = results.map(({ field, records }) => {
      const own = field.policy ? this.#found - records : 0;
      return { field: field.field, count: field.kind === "value" ? own + this.#apart : 0 };
    });
    return left.filter(({ count }) => count > 0).sort((one, other) => other.count - one.count);
  }
}

/**
 * `rows`: records that were found; `whole`: none of them is left out of the comparison, and each has one row; `apart`: those that
 * are left out.
 */
async function rowFacts(
  tables: ProofTables,
  { mapping }: Place,
): Promise<RowFacts & { readonly rows: number; readonly whole: boolean; readonly apart: number }> {
  const rows = await tables.rows<{
    n: string;
    fresh: boolean | null;
    others: boolean | null;
    later: string;
    apart: string;
    once: boolean;
  }>(
    `select count(*) as n, bool_and(fresh) as fresh, bool_or(others) as others, count(later) as later,
            count(*) filter (where later is not null${mapping.mode === "insert" ? " or existed" : ""}) as apart,
            exists (select from pg_index where indrelid = 'pg_temp.proof_target'::regclass and indisunique) as once from proof_target`,
  );
  const { n, fresh, others, later, apart, once } = rows[0]!;
  return {
    rows: Number(n),
    whole: once && later === "0" && fresh === true,
    allFresh: fresh === true,
    alone: others !== true,
    apart: Number(apart),
  };
}

export const nameOf = ({ field, mapping }: Pick<ComparedField, "field" | "mapping">): string =>
  mapping.custom ? `custom.${field}` : field;

/** Values that a run saw and left to the target are not the source's to say. */
function withoutKept(field: ComparedField): ComparedField {
  const not = `not exists (select from proof_kept x where x.id = p.id::text and x.field = '${nameOf(field).replaceAll("'", "''")}')`;
  return { ...field, applies: field.applies === null ? not : `(${field.applies}) and ${not}` };
}

const KEYS_SHOWN = 20;

/** What level 4 found of a mapping, references, links and rows included. `file`: where all of it will be. */
export async function comparison(
  tables: ProofTables,
  place: Place,
  { records, values, left }: Pick<FieldProof, "records" | "values" | "left">,
  file: string,
): Promise<FieldComparison> {
  const counted = await tables.rows<{ field: string; explained: boolean; n: string }>(
    `select field, explained is not null as explained, count(*) as n from proof_difference where origin_id = $1
      group by 1, 2 order by count(*) desc, field`,
    [place.origin],
  );
  const sum = (explained: boolean): number =>
    counted.filter((row) => row.explained === explained).reduce((all, { n }) => all + Number(n), 0);
  const differences = await tables.rows<Difference & Record<string, unknown>>(
    `select key, field, kind, source, target, explained from proof_difference where origin_id = $1
      order by explained nulls first, key, field, source limit ${MOST_DIFFERENCES}`,
    [place.origin],
  );
  return {
    records,
    values,
    ...(left.length === 0 ? {} : { left }),
    differing: sum(false),
    explained: sum(true),
    byField: counted.filter(({ explained }) => !explained).map(({ field, n }) => ({ field, count: Number(n) })),
    differences,
    file: counted.length === 0 ? null : file,
  };
}
