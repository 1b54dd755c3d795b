/** Names of the target's users, so that owners are not told by row ids. */
import { OWNER_OBJECT } from "../mapping/order.ts";
import type { TargetModel } from "../schema.ts";
import { ident } from "../store/quote.ts";
import type { ProofTables } from "./proof-tables.ts";
import type { TargetTables } from "./target-tables.ts";

/** Where names of users are looked for. */
export interface Users {
  readonly tables: Pick<ProofTables, "rows">;
  readonly model: TargetModel;
  readonly targets: TargetTables;
}

/** SQL of all users, as text: id, and name or e-mail. null: users have none. */
function usersSql({ model, targets }: Users): string | null {
  const user = model.objects.get(OWNER_OBJECT);
  const columns = ["name", "email"].flatMap((name) => {
    const field = user?.fields.get(name);
    return field === undefined ? [] : [`t.${ident(field.column)}::text`];
  });
  if (user === undefined || columns.length === 0) return null;
  return `select t.${ident(user.idColumn)}::text as id, coalesce(${columns.join(", ")}) as name from ${targets.name(user)} t`;
}

/** Names by id; users without one are left out. */
export async function ownerNames(users: Users, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const sql = usersSql(users);
  if (sql === null || ids.length === 0) return new Map();
  const found = await users.tables.rows<{ id: string; name: string | null }>(
    `select u.id, u.name from (${sql}) u where u.id = any($1)`,
    [[...new Set(ids)]],
  );
  return new Map(found.flatMap(({ id, name }) => (name === null ? [] : [[id, name] as const])));
}

/** `Ann (2)`; the id alone where the user has no name. */
export function ownerText(names: ReadonlyMap<string, string>, id: string | null): string | null {
  const name = id === null ? undefined : names.get(id);
  return name === undefined ? id : `${name} (${id})`;
}

/** Puts the names into the differences of the fields that hold owners. */
export async function nameOwners(users: Users, origin: number, fields: readonly string[]): Promise<void> {
  const sql = usersSql(users);
  if (sql === null || fields.length === 0) return;
  const named = (side: string, user: string): string => `coalesce(${user}.name || ' (' || x.${side} || ')', x.${side})`;
  await users.tables.rows(
    `with u as materialized (${sql})
     update proof_difference d set source = ${named("source", "s")}, target = ${named("target", "t")}
       from proof_difference x left join u s on s.id = x.source left join u t on t.id = x.target
      where d.ctid = x.ctid and x.origin_id = $1 and x.kind = 'value' and x.field = any($2)`,
    [origin, [...fields]],
  );
}
