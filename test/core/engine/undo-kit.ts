/** Rollbacks in the test's process, and dumps of all that a rollback must put back. */
import { join } from "node:path";
import { createRegistry } from "../../../connectors/registry.ts";
import { openTarget, rollbackRun } from "../../../core/engine/index.ts";
import type { RunReport } from "../../../core/engine/types.ts";
import { ident } from "../../../core/store/quote.ts";
import { testContext } from "../../helpers/context.ts";
import type { Migration } from "./kit.ts";

export async function rollback(
  m: Pick<Migration, "folder">,
  run: string,
  options: { dryRun?: boolean } = {},
  registry = createRegistry(m.folder),
): Promise<RunReport> {
  const context = testContext();
  const target = await openTarget(join(m.folder, "migration.yaml"), { registry, context });
  try {
    return await rollbackRun({ target, registry, context }, run, options, () => undefined);
  } finally {
    await target.close();
  }
}

/** Every row of the target, and what the state knows of it; versions are told as `ours` or not. */
export async function dump(m: Migration): Promise<Record<string, unknown[]>> {
  const found: Record<string, unknown[]> = {};
  const tables = await m.sql(
    "select relname from pg_class c join pg_namespace n on n.oid = relnamespace where nspname = 'crm' and relkind = 'r' order by 1",
  );
  for (const [name] of tables as [string][]) {
    const rows = await m.sql(`select to_jsonb(t)::text from crm.${ident(name)} t order by t.id`);
    if (rows.length > 0) found[name] = rows.map(([row]) => row);
    const known = await m.sql(
      `select l.origin_id, l.target_id, l.hash, l.run_id, l.written, l.version = t.xmin from migrate.ledger l
       join migrate.origin o on o.id = l.origin_id and o.object = $1 join crm.${ident(name)} t on t.id::text = l.target_id::text order by 1, 2`,
      [name],
    );
    if (known.length > 0) found[`ledger of ${name}`] = known;
  }
  const others = {
    ledger: "select count(*)::int from migrate.ledger having count(*) > 0",
    id_map:
      "select external_source, object, external_id, target_id, origin_id, hash, kind, run_id, written from migrate.id_map order by 1, 2, 3",
    kept_edit: "select * from migrate.kept_edit order by origin_id, target_id, field",
    gone: "select * from migrate.gone order by origin_id, key",
    waiting: "select * from migrate.waiting order by origin_id, key, field, reference",
    link: "select * from migrate.link order by origin_id, record_id, to_id, label",
    watermark: "select * from migrate.watermark order by run_id, origin_id, source",
  };
  for (const [name, text] of Object.entries(others)) {
    const rows = await m.sql(text);
    if (rows.length > 0) found[`migrate.${name}`] = rows;
  }
  return found;
}
