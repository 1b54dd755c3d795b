/** What may refer to the rows of an object: foreign keys of any table, and lookups of the model that have none. */
import type pg from "pg";
import type { ModelObject, TargetModel } from "../../schema.ts";
import { ident, literal, table } from "../../store/quote.ts";

export interface Edge {
  /** Object whose rows are referred to. */
  readonly parent: ModelObject;
  /** Quoted table that refers; its object, where the model has it. */
  readonly table: string;
  readonly child: ModelObject | null;
  /** Quoted column. */
  readonly column: string;
  /** SQL, over alias `c`, that is true where the column refers to this parent; null: it always does. */
  readonly only: string | null;
  /** Columns that may be null: a row that goes away can let go of its parent first. */
  readonly nullable: boolean;
}

/** All of them, foreign keys of several columns aside: those cannot refer to an id alone. */
export async function edgesOf(client: pg.ClientBase, model: TargetModel): Promise<readonly Edge[]> {
  const byTable = new Map([...model.objects.values()].map((object) => [object.table, object]));
  const { rows } = await client.query<{
    schema: string;
    name: string;
    column: string;
    parent: string;
    referenced: string;
    nullable: boolean;
  }>(
    `select n.nspname::text as schema, r.relname::text as name, a.attname::text as column, p.relname::text as parent, f.attname::text as referenced, not a.attnotnull and a.attgenerated = '' as nullable
     from pg_constraint c join pg_class r on r.oid = c.conrelid join pg_namespace n on n.oid = r.relnamespace
       join pg_class p on p.oid = c.confrelid join pg_namespace pn on pn.oid = p.relnamespace
       join pg_attribute a on a.attrelid = r.oid and a.attnum = c.conkey[1]
       join pg_attribute f on f.attrelid = p.oid and f.attnum = c.confkey[1]
     where c.contype = 'f' and pn.nspname = $1 and cardinality(c.conkey) = 1 and c.conparentid = 0 order by c.oid`,
    [model.schema],
  );
  const found = new Map<string, Edge>();
  const add = (edge: Edge) => {
    const key = `${edge.parent.name}\n${edge.table}\n${edge.column}`;
    if (!found.has(key)) found.set(key, edge);
  };
  for (const row of rows) {
    const parent = byTable.get(row.parent);
    if (parent === undefined || row.referenced !== parent.idColumn) continue;
    add({
      parent,
      table: table(row.schema, row.name),
      child: row.schema === model.schema ? (byTable.get(row.name) ?? null) : null,
      column: ident(row.column),
      only: null,
      nullable: row.nullable,
    });
  }
  const there = new Set((await tablesOf(client, model)).map(({ name }) => name));
  for (const child of model.objects.values()) {
    if (!there.has(child.table)) continue;
    for (const field of child.fields.values()) {
      const typed = field.typeField === null ? undefined : child.fields.get(field.typeField);
      for (const name of field.lookup ?? []) {
        const parent = model.objects.get(name);
        if (parent === undefined || (typed === undefined && (field.lookup ?? []).length > 1)) continue;
        add({
          parent,
          table: table(model.schema, child.table),
          child,
          column: ident(field.column),
          only: typed === undefined ? null : `c.${ident(typed.column)} = ${literal(name)}`,
          nullable: !field.required,
        });
      }
    }
  }
  return [...found.values()];
}

/** Tables of the model that are in the database. */
export async function tablesOf(
  client: pg.ClientBase,
  model: TargetModel,
): Promise<readonly { readonly name: string }[]> {
  const { rows } = await client.query<{ name: string }>(
    "select c.relname::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relkind in ('r', 'p')",
    [model.schema],
  );
  return rows;
}

/** Objects so that what refers comes before what it refers to; in cycles the later one of the model's order comes first. */
export function childrenFirst(objects: readonly ModelObject[], edges: readonly Edge[]): readonly ModelObject[] {
  const left = [...objects];
  const order: ModelObject[] = [];
  while (left.length > 0) {
    const free = left.filter(
      (object) =>
        !edges.some(
          ({ parent, child }) => parent === object && child !== null && child !== object && left.includes(child),
        ),
    );
    const next = free.at(-1) ?? left.at(-1)!;
    order.push(next);
    left.splice(left.indexOf(next), 1);
  }
  return order;
}
