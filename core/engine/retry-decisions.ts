/** `migrate retry RUN --from conflicts.csv`: what people have decided about conflicts. */
import { join } from "node:path";
import type pg from "pg";
import type { SourceConnector } from "../connector.ts";
import { ConfigError } from "../errors.ts";
import { cellText } from "../record.ts";
import { DECISION_FILE } from "./conflict-file.ts";
import { type Counts, emptyCounts } from "./counts.ts";
import { type ConflictDecision, type Decided, decideConflicts } from "./decide-conflicts.ts";
import { inTransaction, type Lane } from "./lane.ts";
import { externalSourceOf } from "./merge/plan.ts";
import { plain } from "./retry-source.ts";
import { writeCsv } from "./run-files.ts";
import type { Running } from "./running.ts";
import type { Session } from "./session.ts";
import { originOf, readProgress, saveProgress } from "./state.ts";

/** Columns without which a row says nothing. */
const NEEDED = ["_object", "_mapping", "_target_id", "_field", "decision"] as const;

export const holdsDecisions = (columns: readonly string[]): boolean =>
  columns.includes("_target_id") && columns.includes("decision");

/**
 * The rows that say a decision. Throws ConfigError RETRY_NOT_CONFLICTS without the columns, RETRY_NOTHING when nothing is
 * decided, RETRY_UNKNOWN_RECORDS when rows name a mapping that there is not.
 */
export async function readDecisions(
  source: SourceConnector,
  object: string,
  path: string,
  session: Session,
): Promise<readonly ConflictDecision[]> {
  const known = new Map(session.stages.map(({ mapping }) => [mapping.id, mapping.object]));
  const decisions: ConflictDecision[] = [];
  const unknown = new Set<string>();
  for await (const batch of source.read({ object, fields: [], from: null, batchSize: 5_000 })) {
    const at = NEEDED.map((name) => batch.columns.indexOf(name));
    const missing = NEEDED.filter((_, index) => at[index]! < 0);
    if (missing.length > 0) {
      throw new ConfigError("RETRY_NOT_CONFLICTS", `expected a conflict file, ${path} lacks ${missing.join(", ")}`, {
        place: { file: path },
        hint: "Edit conflicts.csv of the run's folder: fill the column decision, leave the others as they are.",
      });
    }
    for (let row = 0; row < batch.size; row++) {
      const [target, mapping, targetId, field, decision] = at.map((column) =>
        plain(cellText(batch, row, column) ?? ""),
      );
      if (decision === "") continue;
      if (known.get(mapping!) !== target) unknown.add(`${mapping} (${target})`);
      decisions.push({
        object: target!,
        mapping: mapping!,
        targetId: targetId!,
        field: field!,
        decision: decision === "source" || decision === "target" ? decision : { value: decision! },
      });
    }
  }
  if (unknown.size > 0) {
    throw new ConfigError(
      "RETRY_UNKNOWN_RECORDS",
      `${path}: no mapping is called ${[...unknown].slice(0, 5).join(", ")}`,
      {
        place: { file: path },
        hint: "Leave the columns that begin with _ as the run wrote them.",
      },
    );
  }
  if (decisions.length === 0) {
    throw new ConfigError("RETRY_NOTHING", `${path} decides nothing: the column decision is empty in every row`, {
      place: { file: path },
      hint: "Write source, target, or a value of your own into it.",
    });
  }
  return decisions;
}

/** Why a decision was not followed, for the warnings. */
const WHY: Readonly<Partial<Record<Decided["result"], string>>> = {
  none: "no conflict of this field is open any more",
  edited: "the target was edited again since the conflict was found; it stays as it is, and is listed again",
  listed: "a later run has found other values; the target stays as it is, and the conflict is listed again",
  gone: "the target row is no longer there",
};

const decisionText = ({ decision }: Decided): string | null =>
  typeof decision === "string" ? decision : decision.value;

/** null: it was followed. */
function whyNot(decided: Decided): string | null {
  const { result, reason } = decided;
  if (result === "refused") return `the target refused it: ${reason}`;
  // both sides are as one of them was wanted
  if (result === "same" && typeof decided.decision !== "string" && decided.decision.value !== decided.target)
    return "the target was edited since, and holds what the source says; it stays as it is";
  return WHY[result] ?? null;
}

const DECISION_COLUMNS = [
  ...["_object", "_mapping", "_key", "_target_id", "_field"],
  ...["source", "target", "decision", "result", "reason"],
];

async function* decisionLines(decided: readonly Decided[]): AsyncIterable<readonly (string | null)[]> {
  yield DECISION_COLUMNS;
  for (const one of decided) {
    const { object, mapping, key, targetId, field, source, target, result } = one;
    yield [object, mapping, key, targetId, field, source, target, decisionText(one), result, whyNot(one)];
  }
}

/** Applies them, all or none, and counts records by what became of them. A retry that goes on does it once. */
export async function followDecisions(running: Running, lane: Lane): Promise<void> {
  const { runId } = running;
  const { decisions, runId: listedBy } = running.retry!;
  const { client } = lane;
  const { model, config, mappings, runsDir } = running.session;
  const originIn = (id: string): Promise<number> => {
    const { keyspace, object } = mappings.mappings.find((each) => each.id === id)!;
    return originOf(client, externalSourceOf(config.source.name, keyspace), id, object);
  };
  await inTransaction(lane, async () => {
    const counted = new Map<string, Counts>();
    for (const id of running.resumed ? new Set(decisions!.map(({ mapping }) => mapping)) : []) {
      const before = await readProgress(client, runId, await originIn(id));
      if (before !== null) counted.set(id, before.counts);
    }
    if (counted.size === 0) {
      const decided = await decideConflicts(client, model, runId, decisions!, listedBy);
      for (const [id, mine] of Map.groupBy(decided, ({ mapping }) => mapping)) {
        const origin = await originIn(id);
        const counts = await settle(client, runId, origin, mine);
        counted.set(id, counts);
        await saveProgress(client, runId, origin, {
          phase: "done",
          chunk: 0,
          position: null,
          fingerprint: null,
          counts,
          fresh: false,
        });
      }
      // before the commit: what is decided is never without it
      await writeCsv(join(runsDir, running.folder, DECISION_FILE), decisionLines(decided));
    }
    for (const [id, counts] of counted) running.counts.set(id, counts);
  });
}

async function settle(
  client: pg.ClientBase,
  runId: string,
  origin: number,
  decided: readonly Decided[],
): Promise<Counts> {
  const counts = emptyCounts();
  const buckets = { updated: [] as string[], unchanged: [] as string[] };
  for (const fields of Map.groupBy(decided, ({ targetId }) => targetId).values()) {
    counts.read++;
    const key = fields.find((each) => each.key !== null)?.key ?? "";
    const bucket = fields.some(({ result }) => result === "applied") ? "updated" : "unchanged";
    counts[bucket]++;
    buckets[bucket].push(key);
    const open = new Set(fields.filter((each) => each.open).map(({ field }) => field)).size;
    if (open > 0) counts.conflicts = (counts.conflicts ?? 0) + open;
    for (const one of fields) {
      const why = whyNot(one);
      if (why === null) continue;
      counts.warnings++;
      await client.query(
        `insert into migrate.warning (run_id, origin_id, line, key, code, field, value, reason)
         values ($1, $2, null, $3, 'CONFLICT_NOT_DECIDED', $4, $5, $6)`,
        [runId, origin, key, one.field, decisionText(one), why],
      );
    }
  }
  for (const [bucket, keys] of Object.entries(buckets)) {
    const known = keys.filter((key) => key !== "");
    if (known.length === 0) continue;
    await client.query(
      "insert into migrate.outcome (run_id, origin_id, chunk, bucket, count, keys) values ($1, $2, 0, $3, $4, $5)",
      [runId, origin, bucket, known.length, known],
    );
  }
  return counts;
}
