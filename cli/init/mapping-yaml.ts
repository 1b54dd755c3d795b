/** A drafted mapping as the YAML file that people go on with. */
import type { DraftField, DraftMapping, DraftPicklist } from "../../core/mapping/suggest.ts";
import { count, counted } from "../format.ts";
import { aligned, comment, flowList, flowMap, scalar } from "./yaml-lines.ts";

export function mappingYaml(mapping: DraftMapping): string {
  const lines: string[] = [];
  const scanned = mapping.complete ? "" : "first ";
  lines.push(
    comment(
      `Draft from ${mapping.sources.join(", ")} (${scanned}${counted(mapping.records, "record")}), taken for ${mapping.object} by ${mapping.reason}.`,
    ),
  );
  lines.push(`object: ${scalar(mapping.object)}`);
  lines.push(`source: ${mapping.sources.length === 1 ? scalar(mapping.sources[0]!) : flowList(mapping.sources)}`);
  const key = mapping.key.length === 1 ? scalar(mapping.key[0]!) : flowList(mapping.key);
  lines.push(...aligned([{ text: `key: ${key}`, note: mapping.keyReason }], 0));
  if (mapping.keyspace !== null) {
    lines.push(
      ...aligned(
        [
          {
            text: `keyspace: ${scalar(mapping.keyspace)}`,
            note: `another mapping loads ${mapping.object}, too: keeps their ids apart`,
          },
        ],
        0,
      ),
    );
  }
  if (!mapping.keyUnique) {
    lines.push(
      comment(
        "TODO: the same key comes twice; later ones are rejected. `duplicates: first` or `last` keeps one instead.",
      ),
    );
  }
  if (mapping.filter !== null) lines.push(`filter: ${JSON.stringify(mapping.filter)}`);
  lines.push("fields:");
  const known = mapping.fields.filter((field) => !field.custom);
  const custom = mapping.fields.filter((field) => field.custom);
  lines.push(
    ...aligned(
      known.map((field) => ({ text: fieldText(field), note: noteOf(field) })),
      2,
    ),
  );
  if (custom.length > 0) {
    lines.push(`  ${comment("The model has no field for these: they are kept in `custom`.")}`);
    lines.push(
      ...aligned(
        custom.map((field) => ({ text: fieldText(field), note: noteOf(field) })),
        2,
      ),
    );
  }
  if (mapping.columnsLeftOut.length > 0) {
    const groups = new Map<string, string[]>();
    for (const { column, reason } of mapping.columnsLeftOut) {
      groups.set(reason, [...(groups.get(reason) ?? []), column]);
    }
    lines.push(...[...groups].map(([reason, columns]) => comment(`Not mapped (${reason}): ${columns.join(", ")}`)));
  }
  if (mapping.picklists.length > 0) {
    lines.push("picklists:");
    for (const picklist of mapping.picklists) lines.push(...picklistLines(picklist));
  }
  return `${lines.join("\n")}\n`;
}

function noteOf(field: DraftField): string | null {
  const spelled = (field.values ?? []).map(({ value, count: records }) => `${value} (${count(records)})`);
  const parts = [
    field.note,
    spelled.length === 0 ? null : `written otherwise than the key: ${spelled.join(", ")}`,
    field.missingNull === true ? "the others become null; `missing: reject` is stricter" : null,
  ];
  const text = parts.filter((part) => part !== null).join("; ");
  return text === "" || text === "synonym" ? null : text;
}

function fieldText(field: DraftField): string {
  if (field.from === null) return `${scalar(field.target)}: ${flowMap([["value", scalar(field.value ?? "")]])}`;
  const more: [string, string][] = [];
  if (field.type !== null) more.push(["type", field.type]);
  if (field.lookup !== undefined) {
    const { objects, by, typeInto } = field.lookup;
    more.push(["lookup", objects.length === 1 && typeInto === null ? scalar(objects[0]!) : flowList(objects)]);
    if (by !== null) more.push(["by", scalar(by)]);
    if (typeInto !== null) more.push(["typeInto", scalar(typeInto)]);
  }
  if (field.values !== undefined) {
    const pairs = field.values.map(({ value, target }) => [value, scalar(target)] as const);
    more.push(["values", flowMap(pairs)]);
  }
  if (field.missingNull === true) more.push(["missing", '"null"']);
  if (field.owner === true) more.push(["owner", "true"]);
  if (field.picklist !== undefined) more.push(["picklist", scalar(field.picklist)]);
  if (field.default !== undefined) more.push(["default", JSON.stringify(field.default)]);
  if (field.onErrorNull === true) more.push(["onError", '"null"']);
  const short = more.length === 0;
  return `${scalar(field.target)}: ${short ? scalar(field.from) : flowMap([["from", scalar(field.from)], ...more])}`;
}

function picklistLines(picklist: DraftPicklist): string[] {
  const mapped = picklist.values.filter((value) => value.target !== null);
  const missing = picklist.values.filter((value) => value.target === null);
  const lines = [`  ${scalar(picklist.name)}:`];
  const row = (value: string, target: string, records: number) => ({
    text: `${scalar(value)}: ${target}`,
    note: count(records),
  });
  if (mapped.length > 0) {
    lines.push("    values:");
    lines.push(
      ...aligned(
        mapped.map((entry) => row(entry.value, scalar(entry.target!), entry.count)),
        6,
      ),
    );
  }
  if (missing.length > 0) {
    lines.push(
      `    ${comment(`TODO: the model has no option for ${missing.length === 1 ? "this value; it is" : `these ${missing.length} values; they are`} kept as found. Uncomment and complete,`)}`,
    );
    lines.push(`    ${comment("or leave it to `unmapped`: stop, reject, null, keep, or one of the options.")}`);
    if (mapped.length === 0) lines.push(`    ${comment("values:")}`);
    for (const entry of missing.slice(0, 100)) {
      lines.push(`      ${comment(`${scalar(entry.value)}:   # ${count(entry.count)}`)}`);
    }
    if (missing.length > 100) lines.push(`      ${comment(`... and ${count(missing.length - 100)} more`)}`);
  }
  if (!picklist.complete) lines.push(`    ${comment("There are more different values than are listed here.")}`);
  lines.push("    unmapped: keep");
  return lines;
}
