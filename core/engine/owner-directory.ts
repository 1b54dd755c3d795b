/** Owners at run time: who the target's users are, and who must be created. */
import type pg from "pg";
import type { OwnerResolver } from "../mapping/compiled.ts";
import { OWNER_OBJECT } from "../mapping/order.ts";
import {
  type OwnerDirectory,
  type OwnerResolution,
  ownerDirectory,
  resolveOwner,
  type TargetUser,
} from "../mapping/owners.ts";
import type { ObjectMapping, Owners } from "../mapping/types.ts";
import type { ModelObject, TargetModel } from "../schema.ts";
import { ident, table } from "../store/quote.ts";
import { sourcesOf } from "./merge/plan.ts";

const CACHE_LIMIT = 100_000;

/** SQL for a user's display name out of the columns that the model has; null when it has none. */
function nameExpression(object: ModelObject): string {
  const has = (field: string) => object.fields.has(field);
  const column = (field: string) => ident(object.fields.get(field)!.column);
  if (has("name")) return `${column("name")}::text`;
  if (has("full_name")) return `${column("full_name")}::text`;
  if (has("first_name") && has("last_name"))
    return `nullif(concat_ws(' ', ${column("first_name")}, ${column("last_name")}), '')`;
  return "null::text";
}

/** external_source of users that were created because a record is theirs; their external_id is the owner's text. */
const invitedSource = (sourceName: string): string => `${sourceName}/invited`;

/** Users of the target, as owners are matched against them. Users are few: they are held in memory. */
export async function readUsers(
  client: pg.ClientBase,
  model: TargetModel,
  mappings: readonly ObjectMapping[],
  sourceName: string,
): Promise<TargetUser[]> {
  const object = model.objects.get(OWNER_OBJECT);
  if (object === undefined) return [];
  const name = table(model.schema, object.table);
  const exists = await client.query<{ found: string | null }>("select to_regclass($1)::text as found", [name]);
  if (exists.rows[0]!.found === null) return [];
  const present = await client.query<{ column: string }>(
    "select attname as column from pg_attribute where attrelid = to_regclass($1) and attnum > 0 and not attisdropped",
    [name],
  );
  const columns = new Set(present.rows.map((row) => row.column));
  const email =
    object.fields.has("email") && columns.has(object.fields.get("email")!.column)
      ? `${ident(object.fields.get("email")!.column)}::text`
      : "null::text";
  const active =
    object.fields.has("is_active") && columns.has(object.fields.get("is_active")!.column)
      ? ident(object.fields.get("is_active")!.column)
      : "true";
  const sources = [...sourcesOf(mappings, OWNER_OBJECT, sourceName), invitedSource(sourceName)];
  const mapped = `from migrate.id_map m where m.object = '${OWNER_OBJECT}' and m.external_source = any($1) and m.target_id = ${ident(object.idColumn)}::text`;
  const state = await client.query<{ found: string | null }>("select to_regclass('migrate.id_map')::text as found");
  const others = state.rows[0]!.found === null ? "'{}'::text[]" : `array(select m.external_id ${mapped})`;
  const external = object.hasExternalId
    ? `case when external_source = any($1) then external_id end`
    : `(select m.external_id ${mapped} and m.kind in ('row', 'match') limit 1)`;
  const { rows } = await client.query<{
    id: string;
    email: string | null;
    name: string | null;
    external: string | null;
    others: string[];
    active: boolean | null;
  }>(
    `select ${ident(object.idColumn)}::text as id, ${email} as email, ${nameExpression(object)} as name, ${external} as external, ${others} as others, ${active} as active
     from ${name} where $1::text[] is not null`,
    [sources],
  );
  return rows.map((row) => ({
    id: row.id,
    email: row.email,
    name: row.name,
    externalId: row.external,
    ...(row.others.length === 0 ? {} : { otherIds: row.others }),
    active: row.active !== false,
  }));
}

/** Resolves owner texts for the compiled mappings; creates users where `unmatched: invite` says so. */
export class Owner implements OwnerResolver {
  #users: TargetUser[] = [];
  #directory: OwnerDirectory = ownerDirectory([]);
  readonly #cache = new Map<string, OwnerResolution>();
  readonly #wanted = new Map<string, string>();
  readonly invited: string[] = [];
  readonly #owners: Owners;
  readonly #model: TargetModel;
  readonly #sourceName: string;

  constructor(owners: Owners, model: TargetModel, sourceName: string) {
    this.#owners = owners;
    this.#model = model;
    this.#sourceName = sourceName;
  }

  /** Reads the users anew; call it before a stage that has owners. */
  async load(client: pg.ClientBase, mappings: readonly ObjectMapping[]): Promise<void> {
    this.use(await readUsers(client, this.#model, mappings, this.#sourceName));
  }

  use(users: TargetUser[]): void {
    this.#users = users;
    this.#directory = ownerDirectory(users);
    this.#cache.clear();
  }

  look(text: string): OwnerResolution {
    let found = this.#cache.get(text);
    if (found === undefined) {
      found = resolveOwner(this.#owners, this.#directory, text);
      if (this.#cache.size < CACHE_LIMIT) this.#cache.set(text, found);
    }
    return found;
  }

  resolve(text: string): string | null | { readonly code: string; readonly reason: string } {
    const found = this.look(text);
    if (found.kind === "user") return found.user.id;
    if (found.kind === "null") return null;
    if (found.kind === "problem") return { code: found.code, reason: found.reason };
    this.#wanted.set(found.text.toLowerCase(), found.text);
    return { code: "OWNER_NOT_INVITED", reason: "the user should have been created before this record was mapped" };
  }

  /** True when unknown owners become users: batches are then mapped once for their owners alone. */
  get invites(): boolean {
    return this.#owners.unmatched === "invite" && this.#owners.inactive === "keep";
  }

  /** Creates, inactive, the users that were asked for since the last call. */
  async invite(client: pg.ClientBase, mappings: readonly ObjectMapping[]): Promise<void> {
    const wanted = new Map(this.#wanted);
    this.#wanted.clear();
    if (wanted.size === 0) return;
    const object = this.#model.objects.get(OWNER_OBJECT)!;
    const fill: string[] = [];
    const has = (field: string) => object.fields.has(field);
    const texts = [...wanted.values()];
    const column = (field: string) => ident(object.fields.get(field)!.column);
    if (has("email")) fill.push(`${column("email")} = case when v like '%@%' then v end`);
    if (has("name")) fill.push(`${column("name")} = v`);
    if (has("is_active")) fill.push(`${column("is_active")} = false`);
    const names = fill.map((item) => item.slice(0, item.indexOf(" = ")));
    const values = fill.map((item) => item.slice(item.indexOf(" = ") + 3));
    const external = object.hasExternalId ? ["external_source", "external_id"] : [];
    // no ledger knows them: what was made is noted, so that the run can be undone
    await client.query(
      `with made as (
         insert into ${table(this.#model.schema, object.table)} as u (${[...external, ...names].join(", ")})
         select ${[...(object.hasExternalId ? ["$2", "v"] : []), ...values].join(", ")}
         from unnest($1::text[]) v ${object.hasExternalId ? "on conflict (external_source, external_id) do nothing" : `where $2::text is not null`}
         returning u.${ident(object.idColumn)}::text as id, to_jsonb(u) as row)
       insert into migrate.before_image (run_id, origin_id, object, target_id, row, what)
       select current_setting('migrate.run_id')::int8, 0, $3, id, row, 'inserted' from made
       where coalesce(current_setting('migrate.run_id', true), '') <> ''`,
      [texts, invitedSource(this.#sourceName), object.name],
    );
    this.invited.push(...texts);
    await this.load(client, mappings);
  }

  get users(): readonly TargetUser[] {
    return this.#users;
  }
}
