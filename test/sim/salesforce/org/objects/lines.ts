/** Lines of opportunities and quotes. */
import { audit, currencyCode, pick } from "../common.ts";
import { auto, date, double, type Field, int, money, percent, ref, text } from "../field.ts";
import { SENTENCES } from "../words.ts";
import type { World } from "../world.ts";
import { entryOf, priceOf } from "./products.ts";

export interface Line {
  readonly product: number;
  readonly quantity: number;
  /** Hundredths. */
  readonly unit: number;
  readonly discount: number | null;
  readonly total: number;
}

/** The numbers of a line of an opportunity or quote. */
export function lineOf(world: World, object: string, currencyOf: (line: number) => string): (index: number) => Line {
  const throwOf = world.dice(`${object}.Line`);
  const price = priceOf(world);
  const products = world.count("Product2");
  return (index) => {
    const product = throwOf(index, products);
    const quantity = 1 + throwOf(index + 1, 12);
    const unit = price(product, currencyOf(index));
    const discount = throwOf(index + 2, 4) === 0 ? 5 * (1 + throwOf(index + 3, 4)) : null;
    return { product, quantity, unit, discount, total: Math.round((quantity * unit * (100 - (discount ?? 0))) / 100) };
  };
}

export function lineFields(
  world: World,
  object: string,
  line: (index: number) => Line,
  currencyOf: (index: number) => string,
  ordinal: (index: number) => number,
): Field[] {
  return [
    ref("PricebookEntryId", "Price Book Entry ID", "PricebookEntry", (index) =>
      world.id("PricebookEntry", entryOf(world, line(index).product, currencyOf(index), 0)),
    ),
    ref("Product2Id", "Product ID", "Product2", (index) => world.id("Product2", line(index).product)),
    double("Quantity", "Quantity", (index) => line(index).quantity, { nillable: false }),
    money("UnitPrice", "Sales Price", (index) => line(index).unit / 100),
    auto(money("ListPrice", "List Price", (index) => line(index).unit / 100)),
    percent("Discount", "Discount", (index) => line(index).discount, { precision: 5, scale: 2 }),
    auto(money("TotalPrice", "Total Price", (index) => line(index).total / 100)),
    auto(money("Subtotal", "Subtotal", (index) => (line(index).quantity * line(index).unit) / 100)),
    text("Description", "Line Description", 255, (index) => (index % 4 === 0 ? pick(SENTENCES, index) : null)),
    date("ServiceDate", "Date", () => null),
    int("SortOrder", "Sort Order", (index) => ordinal(index) + 1),
    ...currencyCode(world, currencyOf),
    ...audit(world, object),
  ];
}
