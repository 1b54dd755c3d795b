import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { compileMapping } from "../../../core/mapping/compile.ts";
import type { CompileOptions, MapOutcome, MapWarning } from "../../../core/mapping/compiled.ts";
import { layoutSeed } from "../../../core/mapping/hash.ts";
import type { FieldMapping, ObjectMapping } from "../../../core/mapping/types.ts";
import { CopyWriter } from "../../../core/store/copy-writer.ts";
import { batch, call, type FieldOver, field, from, link, mapping, options } from "./compile-kit.ts";

type Row = Readonly<Record<string, string | null>>;

/** Maps one record both ways; checks that they agree. */
function run(over: { mapping: ObjectMapping; options?: CompileOptions; row: Row }) {
  const compiled = compileMapping(over.mapping, over.options ?? options());
  const records = batch(compiled.reads, [{ id: "1", ...over.row }]);
  const bound = compiled.bind(records.columns);
  const out = new CopyWriter(64);
  const warnings: MapWarning[] = [];
  const explained = bound.explain(records, 0);
  const before = out.length;
  const outcome = bound.map(records, 0, bound.key(records, 0), out, warnings);
  expect(outcome).toEqual(explained.outcome);
  if (outcome.kind !== "staged") expect([out.length, out.rows]).toEqual([before, 0]);
  return {
    outcome,
    warnings,
    values: Object.fromEntries(explained.fields.map((each) => [each.field.target, each.value])),
    row: outcome.kind === "staged" ? decode(out, bound.rowStart) : null,
    compiled,
  };
}

/** Fields of a staged row as bytes; null for null. */
function decode(out: CopyWriter, start: number): (Buffer | null)[] {
  const count = out.buffer.readInt16BE(start);
  const fields: (Buffer | null)[] = [];
  let at = start + 2;
  for (let i = 0; i < count; i++) {
    const size = out.buffer.readInt32BE(at);
    at += 4;
    fields.push(size < 0 ? null : Buffer.from(out.buffer.subarray(at, at + size)));
    at += Math.max(size, 0);
  }
  expect(at).toBe(out.length);
  return fields;
}

const one = (over: FieldOver, row: Row, more: Partial<CompileOptions> = {}) =>
  run({ mapping: mapping([field("f", over.type ?? "text", over)]), options: options(more), row });
const codes = (outcome: MapOutcome) =>
  outcome.kind === "rejected" ? outcome.problems.map((p) => `${p.field}: ${p.code}`) : outcome.kind;

describe("input", () => {
  it("takes the first column that is not blank", () => {
    const input = { input: from("a", "b", "c") };
    expect(one(input, { a: "", b: " ", c: "x" }).values).toEqual({ f: "x" });
    expect(one(input, { a: null, b: "y", c: "x" }).values).toEqual({ f: "y" });
    expect(one(input, { a: null }).row![3]).toBeNull();
  });

  it("passes values over that say little, as long as a later column has another one", () => {
    const input = { input: { ...from("a", "b", "c"), skip: ["Other", "n/a"] } };
    expect(one(input, { a: " OTHER ", b: null, c: "x" }).values).toEqual({ f: "x" });
    expect(one(input, { a: "other", b: "N/A", c: "" }).values).toEqual({ f: "other" });
    expect(one(input, { a: null, b: "n/a", c: "y" }).values).toEqual({ f: "y" });
    expect(one(input, { a: "z", b: "n/a", c: "y" }).values).toEqual({ f: "z" });
    expect(one(input, { a: null }).row![3]).toBeNull();
  });

  it("treats the source's null tokens as blank, white space aside, and only whole cells", () => {
    const nulls = { nulls: ["", "#N/A", "NULL"] };
    expect(one({}, { f: "#N/A" }, nulls).values).toEqual({ f: null });
    expect(one({}, { f: " NULL " }, nulls).values).toEqual({ f: null });
    expect(one({}, { f: "null" }, nulls).values).toEqual({ f: "null" });
    expect(one({}, { f: "NULL and void" }, nulls).values).toEqual({ f: "NULL and void" });
    expect(one({}, { f: "NA" }, nulls).values).toEqual({ f: "NA" });
    expect(one({}, { f: "\u00a0\u2003\n" }).values).toEqual({ f: null });
  });

  it("writes constants", () => {
    const { row, values } = run({
      mapping: mapping([
        field("a", "text", { input: { kind: "value", value: "salesforce" } }),
        field("b", "integer", { input: { kind: "value", value: 5 } }),
        field("c", "boolean", { input: { kind: "value", value: false } }),
        field("d", "text", { input: { kind: "value", value: null } }),
      ]),
      row: {},
    });
    expect(values).toEqual({ a: "salesforce", b: "5", c: "false", d: null });
    expect(row!.slice(3).map((bytes) => bytes?.toString("hex") ?? null)).toEqual([
      Buffer.from("salesforce").toString("hex"),
      "0000000000000005",
      "00",
      null,
    ]);
  });

  it("fills templates; blank parts leave nothing behind", () => {
    const template = {
      input: {
        kind: "template",
        parts: [{ column: "a" }, { text: " " }, { column: "b" }, { text: " " }, { column: "c" }],
      },
    } as const;
    expect(one(template, { a: "Ada", b: "K", c: "Lovelace" }).values).toEqual({ f: "Ada K Lovelace" });
    expect(one(template, { a: "Ada", c: "Lovelace" }).values).toEqual({ f: "Ada Lovelace" });
    expect(one(template, { c: "Lovelace" }).values).toEqual({ f: "Lovelace" });
    expect(one(template, {}).values).toEqual({ f: null });
  });
});

describe("steps", () => {
  it("values, then transforms, then the type", () => {
    const over = {
      values: new Map([
        ["GTXPro", " GTX Pro "],
        ["", "none"],
      ]),
      transform: [call("trim"), call("upper")],
    };
    expect(one(over, { f: "GTXPro" }).values).toEqual({ f: "GTX PRO" });
    expect(one(over, { f: "gtxpro " }).values).toEqual({ f: "GTX PRO" });
    expect(one(over, { f: "other" }).values).toEqual({ f: "OTHER" });
    expect(one(over, { f: "" }).values).toEqual({ f: "NONE" });
  });

  it("values apply before a lookup", () => {
    const lookup = { objects: ["product"], by: "name", missing: "reject", typeInto: null } as const;
    const { values, compiled, row } = one({ values: new Map([["GTXPro", "GTX Pro"]]), lookup }, { f: "GTXPro" });
    expect(values).toEqual({ f: "GTX Pro" });
    expect(row![3]!.toString()).toBe("GTX Pro");
    expect(compiled.columns).toMatchObject([
      { name: "f0", type: "text", role: "lookup", target: "f", keepOnNull: true },
    ]);
  });

  it("default fills blanks, also those that transforms make; it is read like a value", () => {
    expect(one({ type: "boolean", default: "false" }, { f: "" }).values).toEqual({ f: "false" });
    expect(one({ type: "boolean", default: "false" }, { f: "1" }).values).toEqual({ f: "true" });
    expect(one({ transform: [call("digits")], default: "none" }, { f: "abc" }).values).toEqual({ f: "none" });
  });

  it("transforms may fail", () => {
    expect(codes(one({ transform: [call("sf_id18")] }, { f: "1.2E+17" }).outcome)).toEqual([
      "f: VALUE_NOT_A_SALESFORCE_ID",
    ]);
  });

  it("numbers that transforms and the mapping itself write are read with the source's decimal mark", () => {
    const comma = { decimal: "," } as const;
    const decimal = { type: "decimal" } as const;
    expect(one({ ...decimal, transform: [call("number_scale", 100)] }, { f: "0,01234" }, comma).values).toEqual({
      f: "1.23400",
    });
    expect(one({ ...decimal, transform: [call("round", 3)] }, { f: "1.000,23456" }, comma).values).toEqual({
      f: "1000.235",
    });
    expect(one({ ...decimal, transform: [call("json_get", "lat")] }, { f: '{"lat":48.850}' }, comma).values).toEqual({
      f: "48.850",
    });
    expect(one({ ...decimal, input: { kind: "value", value: 1.234 } }, {}, comma).values).toEqual({ f: "1.234" });
  });

  it("never lets NUL through", () => {
    expect(codes(one({ transform: [call("json_get", "a")] }, { f: '{"a":"x\\u0000"}' }).outcome)).toEqual([
      "f: VALUE_HAS_NUL",
    ]);
  });
});

describe("picklists", () => {
  const values = new Map([["Closed Won", "closed_won"]]);
  const picklist = (unmapped: NonNullable<FieldMapping["picklist"]>["unmapped"]) => ({
    type: "picklist" as const,
    picklist: { name: "stage", values, unmapped },
    model: {
      options: [
        { value: "closed_won", label: "Won" },
        { value: "open", label: "Still open" },
      ],
    },
  });
  it("by values, option, label, any case", () => {
    for (const text of ["Closed Won", "closed won ", "CLOSED_WON", "won"]) {
      expect(one(picklist("reject"), { f: text }).values).toEqual({ f: "closed_won" });
    }
    expect(one(picklist("reject"), { f: "still open" }).values).toEqual({ f: "open" });
  });
  it("unmapped: reject, null, keep, a value", () => {
    expect(codes(one(picklist("reject"), { f: "Lost" }).outcome)).toEqual(["f: VALUE_UNMAPPED"]);
    const nulled = one(picklist("null"), { f: "Lost" });
    expect([nulled.values, nulled.row![3]]).toEqual([{ f: null }, null]);
    expect(nulled.warnings).toEqual([
      {
        code: "VALUE_UNMAPPED",
        field: "f",
        value: "Lost",
        reason: '"Lost" is not in picklist stage; null by its policy',
        line: 2,
        key: "1",
      },
    ]);
    const kept = one(picklist("keep"), { f: "Lost" });
    expect([kept.values, kept.row![3]!.toString()]).toEqual([{ f: "Lost" }, "Lost"]);
    expect(kept.warnings.map((w) => w.reason)).toEqual(['"Lost" is not in picklist stage; kept as it is']);
    const fallback = one(picklist({ value: "open" }), { f: "Lost" });
    expect(fallback.values).toEqual({ f: "open" });
    expect(fallback.warnings.map((w) => w.reason)).toEqual(['"Lost" is not in picklist stage; became "open"']);
  });
  it("unmapped: stop ends the run, says what to do, and leaves nothing in the buffer", () => {
    const compiled = compileMapping(mapping([field("f", "picklist", picklist("stop"))]), options());
    const records = batch(compiled.reads, [{ id: "7", f: "Lost" }]);
    const bound = compiled.bind(records.columns);
    const out = new CopyWriter();
    const before = out.length;
    expect(() => bound.map(records, 0, "7", out, [])).toThrow(
      expect.objectContaining({
        name: "StoppedError",
        code: "VALUE_UNMAPPED",
        message: '"Lost" is not in picklist stage',
        place: { object: "contact", field: "f", key: "7" },
        hint: 'Add "Lost" to the picklist\'s values, or set "unmapped:", in contact.yaml; then start the run again: what was loaded is recognised.',
        resumable: false,
      }),
    );
    expect([out.length, out.rows]).toEqual([before, 0]);
    expect(codes(bound.explain(records, 0).outcome)).toEqual(["f: VALUE_UNMAPPED"]);
  });
  it("several values in one cell", () => {
    const over = { ...picklist("null"), type: "multipicklist" as const };
    const { values: explained, warnings } = run({
      mapping: mapping([field("f", "multipicklist", over)]),
      row: { f: "Won; still open;Lost" },
    });
    expect(explained).toEqual({ f: "{closed_won,open}" });
    expect(warnings).toHaveLength(1);
  });
});

describe("owners", () => {
  const owners = {
    resolve: (text: string) =>
      text === "ann" ? "42" : text === "left" ? null : { code: "OWNER_UNMATCHED", reason: `no user ${text}` },
  };
  it("become ids of the user table's type", () => {
    expect(one({ type: "owner" }, { f: "ann" }, { owners }).row![3]!.readBigInt64BE()).toBe(42n);
    const { compiled, row } = one({ type: "owner" }, { f: "ann" }, { owners, ownerIdType: "text" });
    expect([compiled.columns[0]!.type, row![3]!.toString()]).toEqual(["text", "42"]);
  });
  it("null by policy with a warning, problem otherwise", () => {
    const left = one({ type: "owner" }, { f: "left" }, { owners });
    expect([left.values, left.warnings.map((w) => w.code)]).toEqual([{ f: null }, ["OWNER_UNMATCHED"]]);
    expect(codes(one({ type: "owner" }, { f: "bob" }, { owners }).outcome)).toEqual(["f: OWNER_UNMATCHED"]);
  });
  it("are asked again after a problem: the resolver may learn", () => {
    const known = new Set<string>();
    const learning = { resolve: (text: string) => (known.has(text) ? "7" : { code: "OWNER_UNMATCHED", reason: "no" }) };
    const compiled = compileMapping(mapping([field("f", "owner")]), options({ owners: learning }));
    const records = batch(compiled.reads, [{ id: "1", f: "new" }]);
    const bound = compiled.bind(records.columns);
    const out = new CopyWriter();
    expect(bound.map(records, 0, "1", out, []).kind).toBe("rejected");
    known.add("new");
    expect(bound.map(records, 0, "1", out, []).kind).toBe("staged");
  });
});

describe("errors", () => {
  it("collects every problem of a record, with the source value", () => {
    const { outcome } = run({
      mapping: mapping([field("a", "integer"), field("b", "date"), field("c"), field("d", "text", { required: true })]),
      row: { a: "1.5", b: "31/31/2024", c: "fine", d: " " },
    });
    expect(outcome).toEqual({
      kind: "rejected",
      problems: [
        { code: "VALUE_NOT_AN_INTEGER", field: "a", value: "1.5", reason: 'expected a whole number, got "1.5"' },
        {
          code: "VALUE_NOT_A_DATE",
          field: "b",
          value: "31/31/2024",
          reason: 'expected a date as YYYY-MM-DD, got "31/31/2024"',
        },
        { code: "REQUIRED_MISSING", field: "d", value: null, reason: "expected a value for d, got none" },
      ],
    });
  });

  it("onError: null keeps the record and warns; a required field is a reject all the same", () => {
    const { values, warnings, row } = one({ type: "integer", onError: "null" }, { f: "many" });
    expect([values, row![3]]).toEqual([{ f: null }, null]);
    expect(warnings).toEqual([
      {
        code: "VALUE_NOT_AN_INTEGER",
        field: "f",
        value: "many",
        reason: 'expected a number, got "many"; null by onError',
        line: 2,
        key: "1",
      },
    ]);
    expect(codes(one({ type: "integer", onError: "null", required: true }, { f: "many" }).outcome)).toEqual([
      "f: VALUE_NOT_AN_INTEGER",
    ]);
  });

  it("onError: stop", () => {
    const compiled = compileMapping(mapping([field("f", "integer", { onError: "stop" })]), options());
    const records = batch(compiled.reads, [{ id: "1", f: "many" }]);
    expect(() => compiled.bind(records.columns).map(records, 0, "1", new CopyWriter(), [])).toThrow(
      expect.objectContaining({ name: "StoppedError", code: "VALUE_NOT_AN_INTEGER" }),
    );
  });

  it("a rejected record leaves no warnings behind", () => {
    const { warnings, outcome } = run({
      mapping: mapping([field("a", "integer", { onError: "null" }), field("b", "integer")]),
      row: { a: "x", b: "y" },
    });
    expect([outcome.kind, warnings]).toEqual(["rejected", []]);
  });

  it("values in problems are cut, not copied", () => {
    const { outcome } = one({ type: "integer" }, { f: "x".repeat(1_000_000) });
    expect(outcome.kind === "rejected" && outcome.problems[0]!.value).toBe(`${"x".repeat(1000)}…`);
  });

  it("limits of length count characters, on the fast path too", () => {
    const over = { model: { maxLength: 3 } };
    expect(one(over, { f: "日本語" }).values).toEqual({ f: "日本語" });
    expect(codes(one(over, { f: "日本語!" }).outcome)).toEqual(["f: VALUE_TOO_LONG"]);
  });
});

describe("required", () => {
  const model = { required: true };
  it("by the model, by the mapping, by the options", () => {
    expect(codes(one({ model }, {}).outcome)).toEqual(["f: REQUIRED_MISSING"]);
    expect(codes(one({ required: true }, {}).outcome)).toEqual(["f: REQUIRED_MISSING"]);
    expect(codes(one({}, {}, { required: ["f"] }).outcome)).toEqual(["f: REQUIRED_MISSING"]);
    expect(one({ model, default: "x" }, {}).outcome.kind).toBe("staged");
  });
  it("an update may leave out what it keeps", () => {
    const update = (over: Parameters<typeof field>[2]) =>
      run({
        mapping: mapping([field("f", "text", over)], { mode: "update" }),
        options: options({ requireAny: [["f"]] }),
        row: {},
      });
    expect(update({ model }).outcome.kind).toBe("staged");
    expect(codes(update({ model, blank: "clear" }).outcome)).toEqual(["f: REQUIRED_MISSING"]);
    expect(codes(update({ required: true }).outcome)).toEqual(["f: REQUIRED_MISSING"]);
  });
  it("at least one of a group; a value that was refused is not missing as well", () => {
    const fields = [field("name"), field("domain"), field("age", "integer")];
    const group = (row: Row) =>
      run({
        mapping: mapping(fields),
        options: options({
          requireAny: [
            ["name", "domain"],
            ["age", "name"],
          ],
        }),
        row,
      }).outcome;
    expect(group({ domain: "acme.com", age: "5" }).kind).toBe("staged");
    expect(group({ age: "5" })).toEqual({
      kind: "rejected",
      problems: [
        {
          code: "REQUIRED_MISSING",
          field: null,
          value: null,
          reason: "expected a value for at least one of name, domain, got none",
        },
      ],
    });
    expect(codes(group({ domain: "acme.com", age: "old" }))).toEqual(["age: VALUE_NOT_AN_INTEGER"]);
  });
  it("a type that a lookup fills counts as the lookup", () => {
    const lookup = { objects: ["account", "lead"], by: null, missing: "reject", typeInto: "related_type" } as const;
    const fields = [field("related_id", "reference", { lookup })];
    const go = (row: Row) =>
      run({ mapping: mapping(fields), options: options({ requireAny: [["related_type"]] }), row }).outcome.kind;
    expect([go({ related_id: "001" }), go({})]).toEqual(["staged", "rejected"]);
  });
});

describe("key and filter", () => {
  it("joins parts, escaping | and \\", () => {
    const compiled = compileMapping(mapping([field("f")], { key: ["a", "b"] }), options());
    const records = batch(compiled.reads, [
      { a: "x|y", b: "c\\d" },
      { a: "x", b: "" },
      { a: "x", b: "y" },
    ]);
    const bound = compiled.bind(records.columns);
    expect([0, 1, 2].map((i) => bound.key(records, i))).toEqual(["x\\|y|c\\\\d", null, "x|y"]);
  });
  it("a single key is itself; null tokens and white space are no key", () => {
    const compiled = compileMapping(mapping([field("f")]), options({ nulls: ["#N/A"] }));
    const records = batch(compiled.reads, [{ id: "x|y " }, { id: "#N/A" }, { id: "  " }, { id: null }, { id: "é" }]);
    const bound = compiled.bind(records.columns);
    expect([0, 1, 2, 3, 4].map((i) => bound.key(records, i))).toEqual(["x|y", null, null, null, "é"]);
    expect(bound.map(records, 1, null, new CopyWriter(), [])).toEqual({
      kind: "rejected",
      problems: [
        { code: "KEY_MISSING", field: null, value: null, reason: "expected a value in the key (id), got none" },
      ],
    });
  });
  it("the filter comes first, and sees blanks as null", () => {
    const seen: (string | null)[] = [];
    const filter = {
      text: "Deleted = false",
      columns: ["Deleted"],
      test: (value: (column: string) => string | null) => {
        seen.push(value("Deleted"));
        return value("Deleted") !== "1";
      },
    };
    const go = (row: Row) => run({ mapping: mapping([field("f", "integer")], { filter }), row }).outcome.kind;
    expect([
      go({ Deleted: "1", f: "bad", id: "" }),
      go({ Deleted: "", f: "5" }),
      go({ Deleted: "0", f: "bad" }),
    ]).toEqual(["filtered", "staged", "rejected"]);
    expect(new Set(seen)).toEqual(new Set(["1", null, "0"]));
  });
});

describe("custom fields", () => {
  const fields = [
    field("score", "integer", { custom: true }),
    field("rate", "decimal", { custom: true }),
    field("vip", "boolean", { custom: true }),
    field("note", "text", { custom: true }),
    field("since", "date", { custom: true }),
    field("at", "datetime", { custom: true }),
    field("tags", "multipicklist", { custom: true }),
    field("extra", "json", { custom: true }),
  ];
  it("go typed into one jsonb column", () => {
    const row = {
      score: "12.0",
      rate: "1,000.50",
      vip: "yes",
      note: 'say "hi"\n',
      since: "2024-01-31",
      at: "2024-01-31 10:00",
      tags: "a;b",
      extra: '{"z":1.10}',
    };
    const { row: staged, values, compiled } = run({ mapping: mapping(fields), row });
    expect(compiled.columns).toMatchObject([
      { name: "f0", type: "jsonb", role: "custom", target: "", keepOnNull: true },
    ]);
    expect(staged![3]![0]).toBe(1);
    expect(staged![3]!.subarray(1).toString()).toBe(
      '{"at": "2024-01-31T10:00:00Z", "vip": true, "note": "say \\"hi\\"\\n", "rate": 1000.50, "tags": ["a", "b"], "extra": {"z": 1.10}, "score": 12, "since": "2024-01-31"}',
    );
    expect(values).toMatchObject({ score: "12", rate: "1000.50", tags: '["a", "b"]', at: "2024-01-31T10:00:00Z" });
  });
  it("blanks are left out where they say nothing, null where they clear", () => {
    const two = [field("a", "text", { custom: true }), field("b", "text", { custom: true, blank: "clear" })];
    const custom = (more: Partial<CompileOptions>, some = two) =>
      run({ mapping: mapping(some), options: options(more), row: {} })
        .row![3]?.subarray(1)
        .toString() ?? null;
    expect(custom({})).toBe('{"b": null}');
    expect(custom({ blankMeansNothing: false })).toBe('{"a": null, "b": null}');
    expect(custom({}, [two[0]!])).toBeNull();
  });
  it("a bad value rejects the record", () => {
    expect(codes(run({ mapping: mapping(fields), row: { score: "x" } }).outcome)).toEqual([
      "score: VALUE_NOT_AN_INTEGER",
    ]);
  });
});

describe("associations", () => {
  const texts = (bytes: Buffer | null): string[] | null => {
    if (bytes === null) return null;
    if (bytes.readInt32BE(0) === 0) return [];
    const items: string[] = [];
    for (let at = 20; at < bytes.length; ) {
      const size = bytes.readInt32BE(at);
      items.push(bytes.subarray(at + 4, at + 4 + size).toString());
      at += 4 + size;
    }
    return items;
  };
  const links = (over: Parameters<typeof link>[0], row: Row) => {
    const { row: staged } = run({ mapping: mapping([], { associations: [link(over)] }), row });
    return [texts(staged![3]!), texts(staged![4]!)];
  };
  it("one value, with a label from a column, a text, or none", () => {
    expect(links({}, { links: "c1" })).toEqual([["c1"], [""]]);
    expect(links({ label: { column: "Role" } }, { links: "c1", Role: "Buyer" })).toEqual([["c1"], ["Buyer"]]);
    expect(links({ label: { text: "Member" } }, { links: "c1" })).toEqual([["c1"], ["Member"]]);
    expect(links({}, { links: "" })).toEqual([null, null]);
  });
  it("several values; labels line up, or one is for all", () => {
    const over = { separator: ";", label: { column: "Role" } };
    expect(links(over, { links: "c1; c2;", Role: "Buyer;User" })).toEqual([
      ["c1", "c2"],
      ["Buyer", "User"],
    ]);
    expect(links(over, { links: "c1;c2", Role: "Buyer" })).toEqual([
      ["c1", "c2"],
      ["Buyer", "Buyer"],
    ]);
    expect(links({ separator: ";", label: { text: "a;b" } }, { links: "c1;c2" })).toEqual([
      ["c1", "c2"],
      ["a;b", "a;b"],
    ]);
  });
  it("have two columns", () => {
    const compiled = compileMapping(
      mapping([field("f")], { associations: [link({ label: { column: "Role" } })] }),
      options(),
    );
    expect(compiled.columns.map(({ name, type, role, index }) => [name, type, role, index])).toEqual([
      ["f0", "text", "value", -1],
      ["f1", "text[]", "association", 0],
      ["f2", "text[]", "label", 0],
    ]);
    expect(compiled.reads).toEqual(["id", "f", "links", "Role"]);
  });
});

describe("rows", () => {
  it("are line, key, hash, columns; the hash can be found, and the row taken back", () => {
    const compiled = compileMapping(mapping([field("a"), field("b", "integer")]), options());
    const records = batch(compiled.reads, [
      { id: "k1", a: "x", b: "5" },
      { id: "k2", a: "x", b: "5" },
      { id: "k1", a: "x", b: "5" },
    ]);
    const bound = compiled.bind(records.columns);
    const out = new CopyWriter(16);
    const rows = [0, 1, 2].map((i) => {
      bound.map(records, i, bound.key(records, i), out, []);
      return {
        start: bound.rowStart,
        hash: out.buffer.subarray(bound.hashStart, bound.hashStart + 16).toString("hex"),
        fields: decode(out, bound.rowStart),
      };
    });
    expect(rows[0]!.fields.map((bytes) => bytes!.toString("hex"))).toEqual([
      "0000000000000002",
      Buffer.from("k1").toString("hex"),
      rows[0]!.hash,
      Buffer.from("x").toString("hex"),
      "0000000000000005",
    ]);
    const [first] = rows;
    const hashed = Buffer.from(out.buffer.subarray(first!.start + 14, rows[1]!.start));
    layoutSeed(compiled.columns).copy(hashed, 4 + 2 + 4);
    expect(first!.hash).toBe(createHash("sha256").update(hashed).digest("hex").slice(0, 32));
    expect(rows[2]!.hash).toBe(rows[0]!.hash);
    expect(rows[1]!.hash).not.toBe(rows[0]!.hash);
    expect(out.rows).toBe(3);
    out.length = rows[2]!.start;
    out.rows--;
    expect(out.finish().subarray(-2).toString("hex")).toBe("ffff");
  });

  it("have no hash where none is asked for, and are the same otherwise", () => {
    const compiled = compileMapping(mapping([field("a"), field("b", "integer")]), options());
    const records = batch(compiled.reads, [{ id: "k1", a: "x", b: "5" }]);
    const [hashed, plain] = [true, false].map((asked) => {
      const bound = compiled.bind(records.columns, asked);
      const out = new CopyWriter(16);
      expect(bound.map(records, 0, "k1", out, []).kind).toBe("staged");
      return decode(out, bound.rowStart);
    });
    expect(hashed![2]).not.toBe(null);
    expect(plain).toEqual(hashed!.map((bytes, at) => (at === 2 ? null : bytes)));
  });

  it("hash what the columns mean: target, policy, not the line", () => {
    const hashOf = (fields: readonly FieldMapping[], row: Row = { a: "x" }, more: Partial<CompileOptions> = {}) => {
      const { row: staged } = run({ mapping: mapping(fields), options: options(more), row });
      return staged![2]!.toString("hex");
    };
    const base = hashOf([field("a")]);
    expect(hashOf([field("a")])).toBe(base);
    expect(hashOf([field("b", "text", { input: from("a") })])).not.toBe(base);
    expect(hashOf([field("a", "text", { overwrite: "never" })])).not.toBe(base);
    expect(hashOf([field("a")], { a: "x" }, { blankMeansNothing: false })).not.toBe(base);
    expect(hashOf([field("a")], { a: "y" })).not.toBe(base);
  });

  it("keepOnNull: files keep, unless blank: clear; APIs clear, unless blank: ignore", () => {
    const keeps = (over: Parameters<typeof field>[2], blankMeansNothing: boolean) =>
      compileMapping(mapping([field("f", "text", over)]), options({ blankMeansNothing })).columns[0]!.keepOnNull;
    expect([
      keeps({}, true),
      keeps({ blank: "clear" }, true),
      keeps({}, false),
      keeps({ blank: "clear" }, false),
      keeps({ keepsNull: true }, false),
    ]).toEqual([true, false, false, false, true]);
  });

  it("explains every field in the order of the mapping, with the source's text", () => {
    const compiled = compileMapping(
      mapping([
        field("x", "integer", { custom: true, input: from("a") }),
        field("y", "currency", { input: from("b") }),
      ]),
      options(),
    );
    const records = batch(compiled.reads, [{ id: "1", a: "7.0", b: "$1,000.5" }]);
    const { key, fields, outcome } = compiled.bind(records.columns).explain(records, 0);
    expect([key, outcome.kind, fields.map((f) => [f.field.target, f.source, f.value])]).toEqual([
      "1",
      "staged",
      [
        ["x", "7.0", "7"],
        ["y", "$1,000.5", "1000.5"],
      ],
    ]);
  });
});

describe("mistakes in the mapping are found when it is compiled", () => {
  it("columns that the layout lacks, all at once", () => {
    const compiled = compileMapping(mapping([field("a"), field("b")]), options());
    expect(() => compiled.bind(["id", "c"])).toThrow(
      expect.objectContaining({
        code: "SOURCE_COLUMN_MISSING",
        problems: [
          expect.objectContaining({ message: 'contacts has no column "a", which the mapping of contact reads' }),
          expect.objectContaining({
            message: 'contacts has no column "b", which the mapping of contact reads',
            hint: "The columns are: id, c.",
          }),
        ],
      }),
    );
  });
  it("defaults, constants, transforms", () => {
    expect(() => compileMapping(mapping([field("f", "integer", { default: "x" })]), options())).toThrow(
      expect.objectContaining({
        code: "DEFAULT_INVALID",
        message: 'default of f: expected a number, got "x" (VALUE_NOT_AN_INTEGER)',
      }),
    );
    expect(() =>
      compileMapping(mapping([field("f", "date", { input: { kind: "value", value: "soon" } })]), options()),
    ).toThrow(expect.objectContaining({ code: "DEFAULT_INVALID" }));
    expect(() => compileMapping(mapping([field("f", "text", { transform: [call("shout")] })]), options())).toThrow(
      expect.objectContaining({ code: "TRANSFORM_INVALID" }),
    );
    expect(() => compileMapping(mapping([field("f")]), options({ timezone: "Nowhere" }))).toThrow(
      expect.objectContaining({ code: "TIMEZONE_UNKNOWN" }),
    );
  });
  it("any order of columns will do, and further ones", () => {
    const compiled = compileMapping(mapping([field("a")]), options());
    const records = batch(["zz", "a", "id"], [{ zz: "no", a: "yes", id: "1" }]);
    expect(compiled.bind(records.columns).explain(records, 0).fields[0]!.value).toBe("yes");
  });
});

describe("currencies of one record", () => {
  const value = { kind: "value", value: "EUR" } as const;
  const agreeing = mapping([
    field("amount", "currency", { input: from("Amount") }),
    field("balance", "currency", { input: from("Balance") }),
    field("currency", "text", { input: from("Code"), agree: [{ amount: from("Balance"), code: value }] }),
  ]);

  it("must agree, or the record is rejected", () => {
    const found = run({ mapping: agreeing, row: { Amount: "1", Balance: "2", Code: "USD" } });
    expect(codes(found.outcome)).toEqual(["currency: CURRENCY_CONFLICT"]);
  });

  it("agree when the code is the same or the amount is blank", () => {
    expect(run({ mapping: agreeing, row: { Amount: "1", Balance: "2", Code: "eur" } }).outcome.kind).toBe("staged");
    expect(run({ mapping: agreeing, row: { Amount: "1", Balance: "", Code: "USD" } }).outcome.kind).toBe("staged");
  });
});
