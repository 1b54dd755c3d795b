/** The PostgreSQL target: what its options are, how tables are made, how existing ones are read. */
import type { TargetModule } from "../../core/connector.ts";
import { introspect } from "./introspect.ts";
import { planTables } from "./plan-tables.ts";

export { type Introspection, introspectSchema } from "./introspect.ts";

const target: TargetModule = {
  name: "postgres",
  summary: "PostgreSQL 14 or newer: tables of the shipped model, of your own model, or the ones that exist already",
  options: [
    {
      name: "url",
      type: "string",
      description: "Connection URL. Empty: an embedded PostgreSQL under .migrate/ is started.",
      default: "",
      example: "postgresql://crm@db.example.com/crm",
      secret: true,
    },
    {
      name: "schema",
      type: "string",
      description: "Schema that holds the tables; created when it is missing.",
      default: "crm",
      example: "crm",
    },
    {
      name: "model",
      type: "string",
      description:
        "The shipped model `hotcrm`, the path of a model file, or `introspect` for tables that exist already.",
      default: "hotcrm",
      example: "./model.yaml",
    },
  ],
  planTables,
  introspect,
};

export default target;
