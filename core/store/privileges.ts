import type { Query } from "../connector.ts";
import { ConfigError, type Problem } from "../errors.ts";
import { ident } from "./quote.ts";

/** Schema of the state tables. */
export const STATE_SCHEMA = "migrate";

interface Row {
  readonly recovery: boolean;
  readonly readonly: string;
  readonly database: string;
  readonly user: string;
  readonly may_create: boolean;
  readonly schemas: readonly {
    readonly name: string;
    readonly exists: boolean;
    readonly usage: boolean;
    readonly create: boolean;
  }[];
}

/**
 * Checks that schema `schema` and the state schema can be created or written to. Throws one ConfigError with every
 * problem: DATABASE_READ_ONLY (replica, or default_transaction_read_only), DATABASE_PERMISSION.
 */
export async function assertWritable(db: { readonly query: Query }, schema: string): Promise<void> {
  const { rows } = await db.query<Row>(
    `select pg_is_in_recovery() as recovery, current_setting('default_transaction_read_only') as readonly,
            current_database() as database, current_user as user,
            has_database_privilege(current_database(), 'CREATE') as may_create,
            (select json_agg(json_build_object(
               'name', wanted.name, 'exists', n.oid is not null,
               'usage', n.oid is not null and has_schema_privilege(n.oid, 'USAGE'),
               'create', n.oid is not null and has_schema_privilege(n.oid, 'CREATE')))
             from unnest($1::text[]) as wanted(name) left join pg_namespace n on n.nspname = wanted.name) as schemas`,
    [[...new Set([schema, STATE_SCHEMA])]],
  );
  const row = rows[0]!;
  const problems: Problem[] = [];
  const problem = (code: string, message: string, hint: string): void => {
    problems.push({ code, message, hint, place: {}, severity: "error" });
  };
  if (row.recovery) {
    problem("DATABASE_READ_ONLY", `database ${row.database} is a read-only replica`, "Use the primary server's URL.");
  } else if (row.readonly === "on") {
    problem(
      "DATABASE_READ_ONLY",
      `transactions in database ${row.database} are read-only for user ${row.user} (default_transaction_read_only)`,
      `Use another user, or: ALTER ROLE ${ident(row.user)} SET default_transaction_read_only = off.`,
    );
  }
  for (const found of row.schemas) {
    if (!found.exists) {
      if (row.may_create) continue;
      problem(
        "DATABASE_PERMISSION",
        `schema ${found.name} does not exist and user ${row.user} may not create it in database ${row.database}`,
        `GRANT CREATE ON DATABASE ${ident(row.database)} TO ${ident(row.user)}; or CREATE SCHEMA ${ident(found.name)} AUTHORIZATION ${ident(row.user)}.`,
      );
    } else if (!found.usage || !found.create) {
      problem(
        "DATABASE_PERMISSION",
        `user ${row.user} may not ${found.usage ? "create tables in" : "use"} schema ${found.name}`,
        `GRANT USAGE, CREATE ON SCHEMA ${ident(found.name)} TO ${ident(row.user)}.`,
      );
    }
  }
  if (problems.length > 0) throw ConfigError.of(problems);
}
