/** Recognises polymorphic lookups by the generated columns that `planTables` makes. */
import type { CatalogTable } from "./catalog.ts";

export interface PolymorphicLookup {
  readonly objects: readonly string[];
  readonly typeField: string;
}

const NAME = '("(?:[^"]|"")+"|[a-z_][a-z0-9_$]*)';
const EXPRESSION = new RegExp(
  `^CASE\\s+WHEN \\(${NAME} = '((?:[^']|'')*)'::text\\) THEN ${NAME}\\s+ELSE NULL::[a-z ]+\\s+END$`,
);

/**
 * By column: the objects it may refer to, and the column that names them. Found where a generated column repeats the
 * column for one object name and has a foreign key to the table of that name.
 */
export function polymorphicLookups(
  table: CatalogTable,
  isObject: (table: string) => boolean,
): ReadonlyMap<string, PolymorphicLookup> {
  const lookups = new Map<string, { objects: string[]; typeField: string }>();
  for (const column of table.columns.values()) {
    const match = column.generated ? EXPRESSION.exec((column.expression ?? "").trim()) : null;
    if (match === null) continue;
    const [typeField, object, source] = [unquote(match[1]!), match[2]!.replaceAll("''", "'"), unquote(match[3]!)];
    const key = table.foreignKeys.find((each) => each.columns.length === 1 && each.columns[0] === column.name);
    if (key?.table !== object || !isObject(object)) continue;
    const known = lookups.get(source);
    if (known === undefined) lookups.set(source, { objects: [object], typeField });
    else if (known.typeField === typeField) known.objects.push(object);
  }
  return lookups;
}

function unquote(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
