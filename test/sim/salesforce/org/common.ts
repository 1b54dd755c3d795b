/** Fields that most objects have, and the making of an object out of its fields. */
import { instantText } from "./dates.ts";
import {
  address,
  area,
  auto,
  bool,
  datetime,
  double,
  type Field,
  picklist,
  ref,
  type SObject,
  text,
  type Value,
} from "./field.ts";
import { CLEAN, COUNTRIES, GEOCODE, PLACES, STREETS } from "./words.ts";
import { CURRENCIES, PREFIXES, type World } from "./world.ts";

export function sobject(
  world: World,
  name: string,
  label: string,
  fields: readonly Field[],
  rest: Partial<Omit<SObject, "name" | "label" | "fields">> = {},
): SObject {
  return {
    name,
    label,
    labelPlural: `${label}s`,
    prefix: PREFIXES[name] ?? null,
    custom: name.endsWith("__c"),
    count: world.count(name),
    fields,
    replicateable: true,
    queryable: true,
    mergeable: false,
    recordTypes: [],
    associateEntityType: null,
    associateParentEntity: null,
    idOf: null,
    bulk: true,
    blob: () => null,
    ...rest,
  };
}

export const recordId = (world: World, name: string, label: string): Field => ({
  ...auto(text("Id", `${label} ID`, 18, (index) => world.id(name, index))),
  type: "id",
  nillable: false,
});

export const isDeleted = (world: World, name: string, gone?: (index: number) => boolean): Field => {
  const deleted = gone ?? ((index: number) => world.gone(name, index));
  return auto(bool("IsDeleted", "Deleted", deleted));
};

/** Instants of a row's last change; a third share one bulk update's. */
export function modified(world: World, name: string): (index: number) => number {
  const created = world.created(name);
  const later = world.dice(`${name}.LastModifiedDate`);
  return (index) => {
    const at = created(index);
    return Math.min(at + later(index, 300 * 86_400) * 1000, world.until - 1000);
  };
}

const BULK_UPDATE = Date.UTC(2026, 9, 25, 3, 0, 0);

/** Created and modified stamps, with the users that did it. */
export function audit(world: World, name: string): Field[] {
  const created = world.created(name);
  const changed = modified(world, name);
  const owner = world.owner(name);
  const by = world.owner(`${name}.LastModifiedById`);
  return [
    auto(datetime("CreatedDate", "Created Date", (index) => instantText(created(index)), { nillable: false })),
    auto(ref("CreatedById", "Created By ID", "User", owner, { nillable: false })),
    auto(
      datetime("LastModifiedDate", "Last Modified Date", (index) => instantText(changed(index)), { nillable: false }),
    ),
    auto(ref("LastModifiedById", "Last Modified By ID", "User", by, { nillable: false })),
    auto(
      datetime(
        "SystemModstamp",
        "System Modstamp",
        (index) => instantText(index % 3 === 0 ? Math.max(BULK_UPDATE, changed(index)) : changed(index)),
        { nillable: false },
      ),
    ),
  ];
}

/** `CurrencyIsoCode`, in orgs with several currencies. */
export const currencyCode = (world: World, of: (index: number) => Value): Field[] =>
  world.features.multiCurrency
    ? [picklist("CurrencyIsoCode", "Currency ISO Code", [...CURRENCIES], of, { length: 3, nillable: false })]
    : [];

export const recordType = (of: (index: number) => Value): Field =>
  ref("RecordTypeId", "Record Type ID", "RecordType", of, { extra: { defaultedOnCreate: true } });

export const viewed = (): Field[] => [
  auto(datetime("LastViewedDate", "Last Viewed Date", () => null)),
  auto(datetime("LastReferencedDate", "Last Referenced Date", () => null)),
];

export const cleanStatus = (): Field =>
  picklist("CleanStatus", "Clean Status", [...CLEAN], () => "Pending", { length: 40 });

/** The components of an address and their compound. `prefix` is "Billing", "" for a Lead. */
export function addressFields(world: World, object: string, prefix: string, label: string, share: number): Field[] {
  const throwOf = world.dice(`${object}.${prefix}Address`);
  const named = (name: string): string => `${label}${label === "" ? "" : " "}${name}`;
  const compound = `${prefix}Address`;
  const has = (index: number): boolean => throwOf(index, 100) < share;
  const place = (index: number) => PLACES[throwOf(index + 7, PLACES.length)]!;
  const part = (of: (index: number) => Value) => (index: number) => (has(index) ? of(index) : null);
  const codes: Field[] = world.features.stateCountry
    ? [
        picklist(
          `${prefix}StateCode`,
          named("State/Province Code"),
          stateCodes(),
          part((index) => place(index).stateCode),
          {
            length: 10,
            compound,
            extra: { dependentPicklist: true, controllerName: `${prefix}CountryCode`, restrictedPicklist: true },
          },
        ),
        picklist(
          `${prefix}CountryCode`,
          named("Country Code"),
          COUNTRIES.map((code) => ({ value: code, label: PLACES.find((at) => at.code === code)!.country })),
          part((index) => place(index).code),
          { length: 10, compound, extra: { restrictedPicklist: true } },
        ),
      ]
    : [];
  return [
    area(
      `${prefix}Street`,
      named("Street"),
      255,
      part((index) => STREETS[throwOf(index + 3, STREETS.length)]!),
      { compound },
    ),
    text(
      `${prefix}City`,
      named("City"),
      40,
      part((index) => place(index).city),
      { compound },
    ),
    text(
      `${prefix}State`,
      named("State/Province"),
      80,
      part((index) => place(index).state),
      { compound },
    ),
    text(
      `${prefix}PostalCode`,
      named("Zip/Postal Code"),
      20,
      part((index) => place(index).zip),
      { compound },
    ),
    text(
      `${prefix}Country`,
      named("Country"),
      80,
      part((index) => place(index).country),
      { compound },
    ),
    ...codes,
    double(`${prefix}Latitude`, named("Latitude"), degrees(48, 0), { scale: 15, compound }),
    double(`${prefix}Longitude`, named("Longitude"), degrees(-11, 7), { scale: 15, compound }),
    picklist(`${prefix}GeocodeAccuracy`, named("Geocode Accuracy"), [...GEOCODE], () => null, {
      length: 40,
      compound,
      extra: { restrictedPicklist: true },
    }),
    address(compound, named("Address")),
  ];
}

/** Some addresses have been found on the map. */
const degrees = (whole: number, shift: number) => (index: number) =>
  index % 3 === 0 ? whole + ((index + shift) % 997) / 1000 : null;

/** State codes with the bit of their one country set. */
function stateCodes() {
  const seen = new Map<string, { value: string; label: string; validFor: string }>();
  for (const place of PLACES) {
    if (place.stateCode === null || place.state === null) continue;
    const at = (COUNTRIES as readonly string[]).indexOf(place.code);
    const map = Buffer.alloc(Math.ceil(COUNTRIES.length / 8));
    map[at >> 3] = 0x80 >> (at & 7);
    seen.set(place.stateCode, { value: place.stateCode, label: place.state, validFor: map.toString("base64") });
  }
  return [...seen.values()];
}

export const pick = <T>(list: readonly T[], at: number): T => list[at % list.length]!;
