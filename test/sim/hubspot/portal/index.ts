/** A HubSpot portal's data, seeded: any size, little memory; edits lie on top. */
import type { HubspotOptions } from "../options.ts";
import { associationTypes } from "./association-types.ts";
import { asList, createAssociations } from "./associations.ts";
import { makeFiles } from "./files.ts";
import { KINDS, objectType } from "./kinds.ts";
import { makeOwners, ownerOf } from "./owners.ts";
import { asAnswer, PIPELINES } from "./pipelines.ts";
import { properties } from "./property.ts";
import { makeRelations } from "./relations.ts";
import { schemaAnswer } from "./schemas.ts";
import type { Seed } from "./seed.ts";
import { Table } from "./table.ts";
import type { Json, ObjectType, Portal, PortalRecord, Property } from "./types.ts";
import { createWorld } from "./world.ts";

const UPDATED_BY = "hs_updated_by_user_id";
const CREATED_BY = "hs_created_by_user_id";

/** Every type tells who made and who changed a record. */
function withUsers(known: readonly Property[]): Property[] {
  const lines = `
${CREATED_BY}|Created by user ID|number.number|recordinformation|r
${UPDATED_BY}|Updated by user ID|number.number|recordinformation|r`;
  return [...known, ...properties(lines).filter(({ name }) => !known.some((other) => other.name === name))];
}

export function createPortal(options: HubspotOptions = {}): Portal {
  const world = createWorld(options);
  const owners = makeOwners(world);
  const seed: Seed = { world, relations: makeRelations(world), owners, files: makeFiles(world) };
  const tables = KINDS.filter(({ key }) => world.knows(key)).map(
    (kind) => new Table(seed, objectType(world, kind), kind.key, kind.rows(seed), ownerOf(world, owners, kind.key)),
  );
  const byKey = new Map(tables.map((table) => [table.key, table]));
  const byName = new Map(
    tables.flatMap((table) => {
      const { name, singular, id } = table.type;
      return [name, singular, id, table.key].map((text) => [text.toLowerCase(), table] as const);
    }),
  );
  const tableOf = (type: ObjectType): Table => {
    const found = byName.get(type.name);
    if (found === undefined) throw new Error(`No type ${type.name}`);
    return found;
  };
  const associations = createAssociations(seed.relations.links, associationTypes(world.knows("car")));
  const definitions = new Map(tables.map((table) => [table.key, withUsers(table.rows.properties)]));
  const pipelines = new Map(tables.map((table) => [table.key, asAnswer(PIPELINES[table.key] ?? [])]));
  /** Merged-away records by type and index, to the record that they became part of. */
  const merged = new Map<string, number>();
  const lag = options.searchLagMs ?? 2000;
  const now = options.now ?? Date.now;

  /** Where an id leads: the record, or the one it was merged into; undefined where there is none. */
  const find = (table: Table, id: string): number | undefined => {
    let index = table.index(id);
    while (index >= 0) {
      const into = merged.get(`${table.key}/${index}`);
      if (into !== undefined) index = into;
      else if (index < table.seeded && world.fate(table.key, index) === "merged") index = world.live(table.key, index);
      else return table.state(index) === "gone" ? undefined : index;
    }
    return undefined;
  };
  const exact = (table: Table, id: string): number => {
    const index = find(table, id);
    if (index === undefined) throw new Error(`No ${table.type.name} ${id}`);
    return index;
  };

  const schemaOf = ({ key, type }: Table): Json => {
    const partners = associations.partners(key).map((partner) => ({
      type: byKey.get(partner)!.type,
      types: associations.labels(key, partner) ?? [],
    }));
    return schemaAnswer({ key, type, properties: definitions.get(key)!, partners }, world.portalId);
  };

  return {
    options,
    account: {
      portalId: world.portalId,
      accountType: "STANDARD",
      timeZone: "US/Eastern",
      companyCurrency: "USD",
      additionalCurrencies: world.currencies.slice(1),
      utcOffset: "-05:00",
      utcOffsetMilliseconds: -18_000_000,
      uiDomain: "app.hubspot.com",
      dataHostingLocation: "na1",
    },
    types: tables.map((table) => table.type),
    type: (name) => byName.get(name.toLowerCase())?.type,
    properties: (type) => definitions.get(tableOf(type).key)!,
    pipelines: (type) => pipelines.get(tableOf(type).key)!,
    owners,
    get schemas() {
      return tables.filter(({ type }) => type.custom).map(schemaOf);
    },
    file: seed.files.file,
    list(type, { archived, after, limit, lean = false }) {
      const table = tableOf(type);
      const wanted = archived ? "archived" : "live";
      const found: PortalRecord[] = [];
      for (let at = after === null ? 0 : table.after(after); at < table.size && found.length < limit; at++) {
        if (table.state(at) === wanted) found.push(table.record(at, lean));
      }
      return found;
    },
    record(type, id) {
      const table = tableOf(type);
      const index = find(table, id);
      return index === undefined ? undefined : table.record(index);
    },
    count: (type, { archived = false } = {}) => tableOf(type).count(archived ? "archived" : "live"),
    associations(from, id, to) {
      const [table, other] = [tableOf(from), tableOf(to)];
      if (associations.labels(table.key, other.key) === null) return null;
      const index = find(table, id);
      if (index === undefined || table.state(index) !== "live") return [];
      return asList(
        associations.of(table.key, index, other.key) ?? new Map(),
        (at) => other.id(at),
        (at) => other.state(at) === "live",
      );
    },
    labels: (from, to) => associations.labels(tableOf(from).key, tableOf(to).key),

    write(type, id, properties, times = {}) {
      const table = tableOf(type);
      const at = times.at ?? now();
      const index = id === null ? table.add() : exact(table, id);
      const by =
        times.by === undefined ? {} : { [UPDATED_BY]: times.by, ...(id === null ? { [CREATED_BY]: times.by } : {}) };
      table.edit(index, { ...properties, ...by }, { at, visibleAt: times.visibleAt ?? at + lag, now: now() });
      return table.id(index);
    },
    recalculate(type, id, properties) {
      const table = tableOf(type);
      table.recalculate(exact(table, id), properties);
    },
    indexed(type, record, at) {
      if (record.visibleAt <= at) return record;
      const table = tableOf(type);
      return table.before(table.index(record.id));
    },
    archive(type, id) {
      const table = tableOf(type);
      table.become(exact(table, id), "archived", now());
    },
    restore(type, id) {
      const table = tableOf(type);
      table.become(exact(table, id), "live", now());
    },
    erase(type, id) {
      const table = tableOf(type);
      table.become(exact(table, id), "gone", now());
    },
    merge(type, winner, loser, { into = "new" } = {}) {
      const table = tableOf(type);
      const [first, second] = [exact(table, winner), exact(table, loser)];
      const [kept, lost] = [table.record(first), table.record(second)];
      const index = into === "new" ? table.add() : first;
      const at = now();
      const present = (record: PortalRecord) =>
        Object.fromEntries(Object.entries(record.properties).filter(([, value]) => value !== null && value !== ""));
      const ids = [kept, lost].flatMap((record) => [
        ...(record.properties.hs_merged_object_ids?.split(";") ?? []),
        ...(record === kept && into === "winner" ? [] : [record.id]),
      ]);
      const emails = [
        kept.properties.hs_additional_emails,
        lost.properties.email,
        lost.properties.hs_additional_emails,
      ];
      table.edit(
        index,
        {
          ...present(lost),
          ...present(kept),
          hs_merged_object_ids: ids.join(";"),
          ...(table.key === "contacts"
            ? { hs_additional_emails: emails.filter((text) => (text ?? "") !== "").join(";") || null }
            : {}),
        },
        { at, visibleAt: at + lag, now: at },
      );
      for (const partner of associations.partners(table.key)) {
        for (const old of into === "new" ? [second, first] : [second]) {
          for (const [other, types] of associations.of(table.key, old, partner) ?? []) {
            if (byKey.get(partner)?.state(other) !== "live") continue;
            if (partner === table.key && (other === first || other === second)) continue;
            associations.set(table.key, index, partner, other, types);
          }
        }
      }
      for (const old of into === "new" ? [first, second] : [second]) {
        merged.set(`${table.key}/${old}`, index);
        table.become(old, "gone", at);
      }
      return table.id(index);
    },
    associate(from, id, to, toId, types) {
      const [table, other] = [tableOf(from), tableOf(to)];
      associations.set(table.key, exact(table, id), other.key, exact(other, toId), types);
    },
    dissociate(from, id, to, toId) {
      const [table, other] = [tableOf(from), tableOf(to)];
      associations.set(table.key, exact(table, id), other.key, exact(other, toId), null);
    },
    defineProperty(type, name, property: Property | null) {
      const table = tableOf(type);
      const list = definitions.get(table.key)!;
      const at = list.findIndex((known) => known.name === name);
      if (property === null) {
        if (at >= 0) list.splice(at, 1);
        table.rename(name, null);
        return;
      }
      if (at >= 0) list[at] = property;
      else list.push(property);
      if (name !== property.name) table.rename(name, property.name);
    },
    definePipelines(type, answer: readonly Json[]) {
      pipelines.set(tableOf(type).key, answer);
    },
  };
}
