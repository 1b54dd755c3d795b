/** Builds ordinary queries; `.connection(client)` runs one on that connection, inside its transaction. Holds no connection itself. */
import createKnex from "knex";

export const queries = createKnex({ client: "pg" });
