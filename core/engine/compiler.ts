/** Compiles mappings as a run would, with the owners that the target has now: for proofs and for looking at single records. */
import type { CompiledMapping } from "../mapping/compiled.ts";
import type { ObjectMapping } from "../mapping/types.ts";
import { compileStage } from "./compile-stage.ts";
import { Owner } from "./owner-directory.ts";
import type { Session } from "./session.ts";

export async function compilerFor(session: Session): Promise<(mapping: ObjectMapping) => CompiledMapping> {
  const owners = new Owner(session.mappings.owners, session.model, session.config.source.name);
  const client = await session.database.connect();
  try {
    await owners.load(client, session.mappings.mappings);
  } finally {
    client.release();
  }
  return (mapping) => compileStage(session, mapping, owners);
}
