/** Products, price books and their entries. */
import { audit, currencyCode, pick, recordId, sobject, viewed } from "../common.ts";
import { area, auto, bool, money, picklist, ref, type SObject, text } from "../field.ts";
import { SENTENCES } from "../words.ts";
import type { World } from "../world.ts";

const FAMILIES = ["Hardware", "Software", "Service"] as const;

export function product(world: World): SObject {
  return sobject(world, "Product2", "Product", [
    recordId(world, "Product2", "Product"),
    text(
      "Name",
      "Product Name",
      255,
      (index) => `${pick(["Widget", 'Gizmo "Pro"', "Câble", "Support plan"], index)} ${index + 1}`,
      { nillable: false, extra: { nameField: true } },
    ),
    text("ProductCode", "Product Code", 255, (index) => `P${String(index).padStart(5, "0")}`),
    area("Description", "Product Description", 4000, (index) => (index % 2 === 0 ? pick(SENTENCES, index) : null)),
    bool("IsActive", "Active", (index) => index % 7 !== 6),
    picklist("Family", "Product Family", [...FAMILIES], (index) => (index % 5 === 4 ? null : pick(FAMILIES, index))),
    text("StockKeepingUnit", "Product SKU", 180, (index) => (index % 2 === 0 ? `00${1000 + index}` : null)),
    text("QuantityUnitOfMeasure", "Quantity Unit Of Measure", 255, () => null),
    ...currencyCode(world, () => "USD"),
    ...audit(world, "Product2"),
    auto(bool("IsDeleted", "Deleted", () => false)),
    auto(bool("IsArchived", "Archived", () => false)),
    ...viewed(),
  ]);
}

export function pricebook(world: World): SObject {
  return sobject(world, "Pricebook2", "Price Book", [
    recordId(world, "Pricebook2", "Price Book"),
    text("Name", "Price Book Name", 255, (index) => (index === 0 ? "Standard Price Book" : "Partners"), {
      nillable: false,
      extra: { nameField: true },
    }),
    text("Description", "Description", 255, () => null),
    bool("IsActive", "Active", () => true),
    auto(bool("IsStandard", "Is Standard Price Book", (index) => index === 0)),
    ...audit(world, "Pricebook2"),
    auto(bool("IsDeleted", "Deleted", () => false)),
  ]);
}

/** Index of the entry of a product in a currency and price book. */
export function entryOf(world: World, product: number, currency: string, book: number): number {
  const currencies = world.currencies;
  return (product * currencies.length + currencies.indexOf(currency)) * 2 + book;
}

/** Unit price of a product in hundredths. */
export function priceOf(world: World): (product: number, currency: string) => number {
  const throwOf = world.dice("Product2.Price");
  return (product, currency) => {
    const base = 500 + throwOf(product, 500_000);
    return currency === "JPY" ? base * 1000 : base;
  };
}

export function pricebookEntry(world: World): SObject {
  const price = priceOf(world);
  const size = world.currencies.length * 2;
  const productOf = (index: number) => Math.floor(index / size);
  const currencyOf = (index: number) => world.currencies[Math.floor((index % size) / 2)]!;
  return sobject(world, "PricebookEntry", "Price Book Entry", [
    recordId(world, "PricebookEntry", "Price Book Entry"),
    auto(
      text(
        "Name",
        "Product Name",
        255,
        (index) =>
          `${pick(["Widget", 'Gizmo "Pro"', "Câble", "Support plan"], productOf(index))} ${productOf(index) + 1}`,
        { extra: { nameField: true } },
      ),
    ),
    ref("Pricebook2Id", "Price Book ID", "Pricebook2", (index) => world.id("Pricebook2", index % 2), {
      nillable: false,
      extra: { updateable: false },
    }),
    ref("Product2Id", "Product ID", "Product2", (index) => world.id("Product2", productOf(index)), {
      nillable: false,
      extra: { updateable: false },
    }),
    ...currencyCode(world, currencyOf),
    money(
      "UnitPrice",
      "List Price",
      (index) => Math.round(price(productOf(index), currencyOf(index)) * (index % 2 === 0 ? 1 : 0.9)) / 100,
      { nillable: false },
    ),
    bool("IsActive", "Active", (index) => productOf(index) % 7 !== 6),
    bool("UseStandardPrice", "Use Standard Price", () => false),
    auto(text("ProductCode", "Product Code", 255, (index) => `P${String(productOf(index)).padStart(5, "0")}`)),
    ...audit(world, "PricebookEntry"),
    auto(bool("IsDeleted", "Deleted", () => false)),
    auto(bool("IsArchived", "Archived", () => false)),
  ]);
}
