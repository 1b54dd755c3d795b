/** What of a mapping must be known before the source is read, so that its records can be compared as they come. */
import type { ObjectMapping } from "../mapping/types.ts";
import { FieldProver } from "./field-proof.ts";
import { keptFields } from "./kept.ts";
import { type Located, locateLoaded } from "./locate.ts";
import type { Place } from "./place.ts";
import type { ProofTables } from "./proof-tables.ts";
import { ReferencePass } from "./reference-pass.ts";
import type { ReferenceView } from "./references.ts";
import { LEADING } from "./shape.ts";
import { findLaterWriters } from "./shared-rows.ts";
import { type PieceSizes, StagedRows } from "./staged.ts";
import type { MappingTally } from "./tally.ts";

export interface PrepareInput {
  readonly tables: ProofTables;
  readonly place: Place;
  /** Gets `staged`, where figures are asked for. */
  readonly tally: MappingTally;
  readonly view: ReferenceView & { readonly mappings: readonly ObjectMapping[] };
  /** Origins of other mappings of the run that fill the same object. */
  readonly others: readonly number[];
  /** Levels 2 and 4: every field is compared. */
  readonly figures: boolean;
  /** Differences are noted one by one. */
  readonly list: boolean;
  readonly sizes: PieceSizes;
  /** Compares pieces, too; null: there is no second connection. */
  readonly second: ProofTables | null;
}

export interface Prepared extends Located {
  /** Fields with edits that a run decided to keep. */
  readonly kept: ReadonlySet<string>;
  /** null: no figures. */
  readonly prover: FieldProver | null;
  readonly references: ReferencePass | null;
  /** Takes over what the second connection has compared; null: it has no part in it. */
  readonly takeShared: (() => Promise<void>) | null;
}

/** Goes on in the background, in the transaction that the target is read in; `tally.staged` takes records at once. */
export function prepare(input: PrepareInput): Promise<Prepared> {
  const { tables, place, tally, figures } = input;
  const staged = figures ? new StagedRows(tables, place.origin, input.sizes) : null;
  tally.staged = staged;
  return new Promise((resolve) => {
    tables.background.add(0, async () => resolve(await prepared(input, staged)));
  });
}

async function prepared(input: PrepareInput, staged: StagedRows | null): Promise<Prepared> {
  const { tables, place, tally, view, list } = input;
  const { compiled, shape } = tally;
  await tables.use(place.origin);
  const located = await locateLoaded(tables, place, input.others);
  await findLaterWriters(tables, place, view.sourceName);
  const kept = await keptFields(tables, place, compiled);
  if (staged === null) return { ...located, kept, prover: null, references: null, takeShared: null };
  await staged.create(compiled);
  const references = await ReferencePass.create({ tables, place, references: shape.references, view });
  const lookups = shape.references.map(({ at }) => compiled.columns[at - LEADING]!.name);
  const { model, targets, mappings } = view;
  const of = {
    tables,
    place,
    compiled,
    staged: staged.table,
    model,
    targets,
    mappings,
    kept,
    list,
    exactUpTo: input.sizes.exactUpTo,
  };
  const prover = await FieldProver.create({ ...of, byTid: located.byTid, references, lookups });
  staged.begin(prover.inPieces, async (rows) => {
    await tables.use(place.origin);
    await prover.piece(rows);
  });
  const takeShared = input.second === null ? null : await prover.share(input.second, compiled, staged);
  return { ...located, kept, prover, references, takeShared };
}
