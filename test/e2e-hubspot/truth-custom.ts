/** Objects that administrators made: `migrate init` makes tables for them. */
import type { Spec } from "./truth-objects.ts";
import { owner, stamps } from "./truth-people.ts";
import { bool, date, instant, number, records, several, text } from "./truth-values.ts";

const { created_at, updated_at } = stamps("hs_createdate");
const times = { created_at, updated_at };

export const custom: readonly Spec[] = [
  {
    name: "car",
    table: "cars",
    own: true,
    rows: (portal) => records(portal, "car"),
    columns: () => ({
      model: text("model", "model"),
      plate: text("plate", "plate"),
      price: number("price", "price"),
      colour: text("colour", "colour"),
      features: several("features", "features"),
      first_registration: date("first_registration", "first_registration"),
      electric: bool("electric", "electric"),
      ...owner,
      ...times,
    }),
  },
  {
    name: "service_visit",
    table: "service_visits",
    own: true,
    rows: (portal) => records(portal, "service_visit"),
    columns: () => ({
      title: text("title", "title"),
      visited_at: instant("visited_at", "visited_at"),
      mileage: number("mileage", "mileage"),
      cost: number("cost", "cost"),
      report: text("report", "report"),
      ...owner,
      ...times,
    }),
  },
];
