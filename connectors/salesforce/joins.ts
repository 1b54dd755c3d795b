/**
 * Columns that an object does not have itself: looked up for each batch in records that point to it, or in its content.
 */

import { mapLimited } from "../../core/limiter.ts";
import type { SourceField } from "../../core/schema.ts";
import type { Api, QueryPage } from "./api.ts";
import { isId, toLongId } from "./ids.ts";
import type { Metadata } from "./metadata.ts";
import { quoted } from "./soql.ts";
import { plainNumber } from "./values.ts";

/** Cells by record, in the order of the join's columns. */
type Found = ReadonlyMap<string, readonly (string | null)[]>;

export interface Join {
  /** Object that gets the columns. */
  readonly object: string;
  /** Its column that the records are found by. */
  readonly by: string;
  readonly columns: readonly SourceField[];
  /** Object that must be visible. */
  readonly from: string;
  /** Records per call, for estimates. */
  readonly perCall: number;
  load(keys: readonly string[], api: Api, metadata: Metadata): Promise<Found>;
}

/** Ids per query: as many as an address holds. */
export const KEYS_PER_QUERY = 500;

const text = (name: string, label: string): SourceField => ({ name, label, type: "text" });

const STANDARD_PRICE: Join = {
  object: "Product2",
  by: "Id",
  from: "PricebookEntry",
  perCall: KEYS_PER_QUERY,
  columns: [
    { name: "StandardPrice.UnitPrice", label: "Standard Price", type: "currency" },
    text("StandardPrice.CurrencyIsoCode", "Standard Price Currency"),
  ],
  async load(keys, api, metadata) {
    const entry = await metadata.describe("PricebookEntry");
    const product = await metadata.describe("Product2");
    const currencies = entry.fields.some((field) => field.name === "CurrencyIsoCode");
    const own = product.fields.some((field) => field.name === "CurrencyIsoCode");
    const columns = ["Product2Id", "UnitPrice", "IsActive"];
    if (currencies) columns.push("CurrencyIsoCode", ...(own ? ["Product2.CurrencyIsoCode"] : []));
    const found = new Map<string, readonly (string | null)[]>();
    const rank = new Map<string, number>();
    const others = new Set<string>();
    await eachRecord(api, "PricebookEntry", columns, "Product2Id", keys, "Pricebook2.IsStandard = true", (record) => {
      const key = idOf(record.Product2Id);
      const currency = textOf(record.CurrencyIsoCode);
      const wanted = textOf((record.Product2 as Readonly<Record<string, unknown>> | null)?.CurrencyIsoCode);
      const better = (wanted !== null && currency === wanted ? 2 : 0) + (record.IsActive === true ? 1 : 0);
      if (rank.has(key)) others.add(key);
      if ((rank.get(key) ?? -1) >= better) return;
      rank.set(key, better);
      const price = textOf(record.UnitPrice);
      found.set(key, [price === null ? null : plainNumber(price), currency]);
    });
    if (others.size > 0) {
      api.context.log.info(
        `Product2: ${others.size} products have standard prices in several currencies; StandardPrice is the one in the product's own currency, else the first active one. All prices are in PricebookEntry.`,
        { products: others.size },
      );
    }
    return found;
  },
};

const PRIMARY_CONTACT: Join = {
  object: "Opportunity",
  by: "Id",
  from: "OpportunityContactRole",
  perCall: KEYS_PER_QUERY,
  columns: [
    { name: "PrimaryContact.ContactId", label: "Primary Contact", type: "reference", referenceTo: ["Contact"] },
    text("PrimaryContact.Role", "Primary Contact Role"),
  ],
  async load(keys, api) {
    const found = new Map<string, readonly (string | null)[]>();
    const columns = ["OpportunityId", "ContactId", "Role"];
    await eachRecord(api, "OpportunityContactRole", columns, "OpportunityId", keys, "IsPrimary = true", (record) => {
      const key = idOf(record.OpportunityId);
      if (!found.has(key)) found.set(key, [idOf(record.ContactId), textOf(record.Role)]);
    });
    return found;
  },
};

/** The record that a document belongs to: the first link that is not to a user (who merely owns or sees it). */
function linkedRecord(object: string, by: string): Join {
  return {
    object,
    by,
    from: "ContentDocumentLink",
    perCall: KEYS_PER_QUERY,
    columns: [
      { name: "LinkedRecord.Id", label: "Linked Record", type: "reference", referenceTo: [] },
      text("LinkedRecord.Type", "Linked Record Type"),
    ],
    async load(keys, api) {
      const found = new Map<string, readonly (string | null)[]>();
      const first = new Map<string, string>();
      const columns = ["Id", "ContentDocumentId", "LinkedEntityId", "LinkedEntity.Type"];
      await eachRecord(api, "ContentDocumentLink", columns, "ContentDocumentId", keys, null, (record) => {
        const linked = idOf(record.LinkedEntityId);
        const type = textOf((record.LinkedEntity as Readonly<Record<string, unknown>> | null)?.Type);
        // users, organisations, libraries
        if (type === "User" || type === "Organization" || /^(?:005|00D|058)/.test(linked)) return;
        const key = idOf(record.ContentDocumentId);
        const id = idOf(record.Id);
        // these queries have no order
        const known = first.get(key);
        if (known !== undefined && known < id) return;
        first.set(key, id);
        found.set(key, [linked, type]);
      });
      return found;
    },
  };
}

/** The text of a note, which no query gives: one request each. */
const NOTE_CONTENT: Join = {
  object: "ContentNote",
  by: "Id",
  from: "ContentNote",
  perCall: 1,
  columns: [text("ContentText", "Content (HTML)")],
  async load(keys, api) {
    const found = new Map<string, readonly (string | null)[]>();
    const base = `/services/data/v${api.options.apiVersion}/sobjects/ContentNote/`;
    await mapLimited(keys, api.options.concurrency, async (key) => {
      const content = await api.persist(
        "content of a note",
        async () => await (await api.open(`${base}${key}/Content`, "*/*")).text(),
      );
      found.set(key, [content === "" ? null : content]);
    });
    return found;
  },
};

export const JOINS: readonly Join[] = [
  STANDARD_PRICE,
  PRIMARY_CONTACT,
  linkedRecord("ContentVersion", "ContentDocumentId"),
  linkedRecord("ContentNote", "Id"),
  NOTE_CONTENT,
];

/** The joins of an object that the org's visible objects allow. */
export async function joinsOf(object: string, metadata: Metadata): Promise<Join[]> {
  const found: Join[] = [];
  for (const join of JOINS) {
    if (join.object === object && (await metadata.nameOf(join.from)) !== null) found.push(join);
  }
  return found;
}

/** Every record of `object` whose `key` is one of `keys`. */
async function eachRecord(
  api: Api,
  object: string,
  columns: readonly string[],
  key: string,
  keys: readonly string[],
  where: string | null,
  use: (record: Readonly<Record<string, unknown>>) => void,
): Promise<void> {
  const unique = [...new Set(keys)].filter(isId);
  for (let from = 0; from < unique.length; from += KEYS_PER_QUERY) {
    const list = unique
      .slice(from, from + KEYS_PER_QUERY)
      .map(quoted)
      .join(",");
    const condition = `${key} IN (${list})${where === null ? "" : ` AND ${where}`}`;
    const soql = `SELECT ${columns.join(",")} FROM ${object} WHERE ${condition}${object === "ContentDocumentLink" ? "" : " ORDER BY Id"}`;
    let page: QueryPage = await api.query(soql);
    for (;;) {
      page.records.forEach(use);
      if (page.done || page.nextRecordsUrl === null) break;
      page = await api.more(page.nextRecordsUrl);
    }
  }
}

const textOf = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);
const idOf = (value: unknown): string => (typeof value === "string" ? toLongId(value) : "");
