/**
 * Micro-benchmark of mapping alone: an in-memory batch of contacts with 22 columns, staged again and again.
 * node bench/map.ts [records, default 1000000]
 */
import { compileMapping } from "../core/mapping/compile.ts";
import type { MapWarning } from "../core/mapping/compiled.ts";
import type { FieldMapping, ObjectMapping } from "../core/mapping/types.ts";
import { BatchBuilder } from "../core/record.ts";
import type { FieldType } from "../core/schema.ts";
import { CopyWriter } from "../core/store/copy-writer.ts";

const records = Number(process.argv[2] ?? 1_000_000);
const BATCH = 2000;

const FIELDS: readonly (readonly [target: string, type: FieldType, columnType: string, Partial<FieldMapping>?])[] = [
  [
    "account_id",
    "reference",
    "bigint",
    { lookup: { objects: ["account"], by: null, missing: "reject", typeInto: null } },
  ],
  ["owner_id", "owner", "bigint", { owner: true }],
  ["first_name", "text", "text"],
  ["last_name", "text", "text"],
  ["email", "email", "text"],
  ["phone", "phone", "text"],
  ["mobile", "phone", "text"],
  ["title", "text", "text"],
  ["department", "text", "text", { transform: [{ name: "trim", args: [] }] }],
  ["lead_source", "picklist", "text", { picklist: picklist(["Web", "Phone", "Partner", "Trade Show"]) }],
  ["street", "text", "text"],
  ["city", "text", "text"],
  ["state", "text", "text"],
  ["postal_code", "text", "text"],
  ["country", "text", "text", { values: new Map([["USA", "United States"]]) }],
  ["description", "text", "text"],
  ["birthdate", "date", "date"],
  ["do_not_call", "boolean", "boolean", { default: "false" }],
  ["score", "integer", "bigint"],
  ["revenue", "currency", "numeric"],
  ["created_at", "datetime", "timestamp with time zone"],
];

function picklist(values: readonly string[]): FieldMapping["picklist"] {
  const map = new Map(values.map((value) => [value, value.toLowerCase().replace(" ", "_")]));
  return { name: "lead_source", values: map, unmapped: "reject" };
}

const place = { file: "contact.yaml" };
const fields = FIELDS.map(
  ([target, type, columnType, more]): FieldMapping => ({
    target,
    custom: false,
    model: {
      name: target,
      label: target,
      type,
      required: target === "last_name",
      unique: false,
      maxLength: null,
      options: null,
      lookup: null,
      typeField: null,
      currencyField: null,
      columnType,
      column: target,
      description: null,
    },
    input: { kind: "from", columns: [target] },
    values: null,
    transform: [],
    type,
    format: null,
    country: null,
    default: null,
    required: false,
    blank: "ignore",
    overwrite: "always",
    onError: "reject",
    lookup: null,
    picklist: null,
    owner: false,
    place,
    ...more,
  }),
);
const mapping: ObjectMapping = {
  id: "contact<contacts",
  file: "contact.yaml",
  object: "contact",
  sources: ["contacts"],
  key: ["id"],
  mode: "upsert",
  match: ["external_id"],
  duplicates: "reject",
  keyspace: null,
  filter: null,
  fields,
  associations: [],
  cases: [],
  place,
};

const builder = new BatchBuilder(["id", ...FIELDS.map(([target]) => target)]);
const pad = (value: number, width: number): string => String(value).padStart(width, "0");
for (let i = 0; i < BATCH; i++) {
  builder.add(i + 2, [
    `003Ec0000${pad(i, 6)}IAB`,
    `001Ec0000${pad((i * 7919) % 100_000, 6)}IAB`,
    `rep${i % 50}@acme.example`,
    `First${i % 300}`,
    `Last${i % 900}`,
    `first${i}.last${i % 900}@customer${i % 1000}.example`,
    `(555) 010-${pad(i % 10_000, 4)}`,
    i % 3 === 0 ? "" : `+1 555 020 ${pad(i % 10_000, 4)}`,
    "Senior Vice President of Sales",
    "Purchasing ",
    ["Web", "Phone", "Partner", "Trade Show"][i % 4]!,
    `${i} Main Street\nSuite "${i % 40}"\nBuilding ${i % 7}`,
    `City ${i % 500}`,
    "California",
    pad(i % 100_000, 5),
    "USA",
    "Lorem ipsum dolor sit amet, consectetur adipiscing elit. ".repeat(4),
    `19${pad(50 + (i % 50), 2)}-0${1 + (i % 9)}-1${i % 10}`,
    i % 2 === 0 ? "true" : "",
    String(i % 101),
    `${(i * 7919) % 1_000_000}.${pad(i % 100, 2)}`,
    `2024-01-${pad(1 + (i % 28), 2)}T${pad(i % 24, 2)}:42:${pad(i % 60, 2)}.000+0000`,
  ]);
}
const batch = builder.build({});
const compiled = compileMapping(mapping, {
  timezone: "Europe/Berlin",
  dates: "auto",
  decimal: ".",
  nulls: ["", "#N/A"],
  blankMeansNothing: true,
  owners: { resolve: (text) => String(text.length) },
  ownerIdType: "bigint",
});
const bound = compiled.bind(batch.columns);
const out = new CopyWriter(4 << 20);
const warnings: MapWarning[] = [];
let staged = 0;
let bytes = 0;
const run = (count: number): number => {
  const began = process.cpuUsage();
  for (let done = 0; done < count; done += BATCH) {
    out.reset();
    for (let i = 0; i < batch.size; i++) {
      if (bound.map(batch, i, bound.key(batch, i), out, warnings).kind === "staged") staged++;
    }
    bytes += out.length;
  }
  const used = process.cpuUsage(began);
  return (used.user + used.system) / 1e6;
};
run(50_000);
staged = 0;
bytes = 0;
const seconds = run(records);
console.log(
  `${staged} of ${records} records, ${fields.length + 1} columns, ${Math.round(bytes / 1e6)} MB staged: ` +
    `${seconds.toFixed(2)} s CPU, ${Math.round(staged / seconds / 1000)} k rows/s`,
);
