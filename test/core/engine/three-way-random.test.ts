/** Random sequences of edits on both sides, deltas and rollbacks, against a slow twin that keeps everything in memory. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { migration } from "./kit.ts";
import { rollback } from "./undo-kit.ts";

const SOAK = process.env.SOAK === "1";
const KEYS = ["K1", "K2", "K3"] as const;
const FIELDS = ["name", "phone", "mood"] as const;
/** Policy of each field; `mood` is a key of custom. */
const POLICY = { name: "review", phone: "source", mood: "target" } as const;
type Field = (typeof FIELDS)[number];
type Values = Record<Field, string>;

type Step =
  | { readonly do: "source" | "target"; readonly key: string; readonly field: Field; readonly value: string }
  | { readonly do: "delete"; readonly key: string }
  | { readonly do: "delta" | "rollback" };

const key = fc.constantFrom(...KEYS);
const edit = fc.record({
  do: fc.constantFrom("source" as const, "target" as const, "target" as const),
  key,
  field: fc.constantFrom(...FIELDS),
  value: fc.constantFrom("1", "2", "3"),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: edit },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("delete" as const), key }) },
  { weight: 3, arbitrary: fc.constant({ do: "delta" as const }) },
  { weight: 2, arbitrary: fc.constant({ do: "rollback" as const }) },
);

/** A table that users have emptied stays so. */
const EXAMPLES: [Step[]][] = [
  [
    [
      { do: "delete", key: "K1" },
      { do: "delete", key: "K2" },
      { do: "delta" },
      { do: "source", key: "K1", field: "name", value: "1" },
    ],
  ],
];

interface Row {
  values: Values;
  /** Null: not loaded by us. */
  base: Values | null;
  /** Changes with every write, of whomever. */
  version: number;
}

/** What a run did to a row: what was there before, and the version that it left. */
interface Trace {
  readonly before: Row | null;
  readonly version: number;
  readonly changed: boolean;
}

class Twin {
  readonly source = new Map<string, Values>();
  readonly target = new Map<string, Row>();
  readonly runs: { name: string; live: boolean; keys: Set<string>; traces: Map<string, Trace> }[] = [];
  #version = 0;

  #next(): number {
    return ++this.#version;
  }

  editTarget(id: string, field: Field, value: string): void {
    const row = this.target.get(id);
    if (row === undefined || row.values[field] === value) return;
    row.values = { ...row.values, [field]: value };
    row.version = this.#next();
  }

  delta(name: string): void {
    const traces = new Map<string, Trace>();
    for (const [id, now] of this.source) {
      const row = this.target.get(id);
      if (row === undefined) {
        if (this.runs.some(({ live, keys }) => live && keys.has(id))) continue;
        const made = { values: { ...now }, base: { ...now }, version: this.#next() };
        this.target.set(id, made);
        traces.set(id, { before: null, version: made.version, changed: true });
        continue;
      }
      const before = {
        values: { ...row.values },
        base: row.base === null ? null : { ...row.base },
        version: row.version,
      };
      const base = row.base ?? { ...row.values };
      let changed = false;
      for (const field of FIELDS) {
        if (now[field] === row.values[field]) base[field] = now[field];
        else if (row.values[field] === base[field] || (now[field] !== base[field] && POLICY[field] === "source")) {
          row.values = { ...row.values, [field]: now[field] };
          base[field] = now[field];
          changed = true;
        } else if (now[field] !== base[field] && POLICY[field] === "target") base[field] = now[field];
      }
      row.base = base;
      if (changed) row.version = this.#next();
      traces.set(id, { before, version: row.version, changed });
    }
    this.runs.push({ name, live: true, keys: new Set(this.source.keys()), traces });
  }

  rollback(): string | null {
    const run = this.runs.findLast(({ live }) => live);
    if (run === undefined) return null;
    run.live = false;
    for (const [id, { before, version, changed }] of run.traces) {
      const row = this.target.get(id);
      if (row === undefined) continue;
      if (!changed) {
        row.base = before!.base;
        continue;
      }
      // edited since: it stays, and is known as the run left it
      if (row.version !== version) continue;
      if (before === null) this.target.delete(id);
      else this.target.set(id, { ...before, version: before.version });
    }
    return run.name;
  }
}

const file = (source: ReadonlyMap<string, Values>): string =>
  ["Id,Name,Phone,Mood", ...[...source].map(([id, { name, phone, mood }]) => `${id},${name},${phone},${mood}`)].join(
    "\n",
  );

test("whatever happens on both sides, the target is what the rules say", { timeout: 3_600_000 }, async () => {
  const m = await migration({
    files: { "contacts.csv": file(new Map()) },
    config: "conflicts: review\ndelta: { deleted: keep }\nlimits: { rejects: 1 }\n",
    mappings: {
      contact: `object: contact\nsource: contacts.csv\nkey: Id\nfields:\n  name: Name\n  phone: { from: Phone, conflicts: source }\n  custom.mood: { from: Mood, conflicts: target }`,
    },
  });
  const shown = async () =>
    Object.fromEntries(
      (await m.sql("select external_id, name, phone, custom ->> 'mood' from crm.contact order by 1")).map(
        ([id, ...values]) => [id, values],
      ),
    );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 12 }), async (steps) => {
      await m.sql("drop schema if exists crm cascade");
      await m.sql("drop schema if exists migrate cascade");
      const twin = new Twin();
      for (const id of ["K1", "K2"]) twin.source.set(id, { name: "0", phone: "0", mood: "0" });
      const delta = async () => {
        await m.data("contacts.csv", file(twin.source));
        twin.delta((await m.run({ delta: twin.runs.some(({ live }) => live) })).run);
      };
      await delta();
      for (const each of [...steps, { do: "delta" } as const]) {
        if (each.do === "source") {
          const old = twin.source.get(each.key) ?? { name: "0", phone: "0", mood: "0" };
          twin.source.set(each.key, { ...old, [each.field]: each.value });
        } else if (each.do === "target") {
          twin.editTarget(each.key, each.field, each.value);
          const set =
            each.field === "mood" ? "custom = custom || jsonb_build_object('mood', $2::text)" : `${each.field} = $2`;
          const old = each.field === "mood" ? "custom ->> 'mood'" : each.field;
          await m.sql(`update crm.contact set ${set} where external_id = $1 and ${old} is distinct from $2`, [
            each.key,
            each.value,
          ]);
        } else if (each.do === "delete") {
          twin.target.delete(each.key);
          await m.sql("delete from crm.contact where external_id = $1", [each.key]);
        } else if (each.do === "delta") await delta();
        else {
          const run = twin.rollback();
          if (run !== null) await rollback(m, run);
        }
        if (each.do !== "delta" && each.do !== "rollback") continue;
        const want = Object.fromEntries(
          [...twin.target]
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([id, { values }]) => [id, FIELDS.map((field) => values[field])]),
        );
        expect(await shown(), `after ${each.do} of ${JSON.stringify(steps)}`).toEqual(want);
      }
    }),
    { numRuns: SOAK ? 200 : 2, seed: Number(process.env.SOAK_SEED ?? 5), endOnFailure: !SOAK, examples: EXAMPLES },
  );
});
