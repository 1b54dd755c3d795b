/** The plan's lock: what must be the same when the run begins. */
import { createHash } from "node:crypto";
import { canonical, mappingHash, ownersHash } from "../mapping/meaning.ts";
import type { Session } from "./session.ts";
import type { PlanLock } from "./types.ts";

const hash = (value: unknown): string => createHash("sha256").update(canonical(value)).digest("hex").slice(0, 32);

/** Fingerprints of the source's schema, the mappings, the owners, the model and the options (secrets left out). */
export function makeLock(session: Session): PlanLock {
  const used = new Set(session.stages.flatMap((stage) => stage.mapping.sources));
  const schema: Record<string, readonly string[]> = {};
  for (const object of session.sourceSchema.objects) {
    if (!used.has(object.name)) continue;
    schema[object.name] = object.fields
      .map((field) => (field.type === null ? field.name : `${field.name}: ${field.type}`))
      .sort();
  }
  const { config, model } = session;
  const secrets = new Set(config.secrets);
  const options = Object.fromEntries(
    Object.entries(config.source.options).filter(([, value]) => typeof value !== "string" || !secrets.has(value)),
  );
  return {
    schema,
    mappings: Object.fromEntries(
      session.stages.map((stage) => [stage.mapping.id, mappingHash(stage.mapping).slice(0, 32)]),
    ),
    owners: ownersHash(session.mappings.owners).slice(0, 32),
    model: hash([
      model.name,
      model.schema,
      [...model.objects.values()].map((object) => [object.name, [...object.fields.values()]]),
    ]),
    options: hash([config.source.connector, config.source.name, options, config.scope]),
  };
}

/** What differs between the plan and now, one line each; empty when nothing does. */
export function diffLock(planned: PlanLock, now: PlanLock): readonly string[] {
  const lines: string[] = [];
  for (const object of new Set([...Object.keys(planned.schema), ...Object.keys(now.schema)])) {
    const before = planned.schema[object];
    const after = now.schema[object];
    if (before === undefined) lines.push(`source ${object}: new since the plan`);
    else if (after === undefined) lines.push(`source ${object}: no longer there`);
    else {
      const gone = before.filter((field) => !after.includes(field));
      const added = after.filter((field) => !before.includes(field));
      if (gone.length > 0) lines.push(`source ${object}: columns gone: ${gone.join(", ")}`);
      if (added.length > 0) lines.push(`source ${object}: new columns: ${added.join(", ")}`);
    }
  }
  for (const mapping of new Set([...Object.keys(planned.mappings), ...Object.keys(now.mappings)])) {
    if (planned.mappings[mapping] === undefined) lines.push(`mapping ${mapping}: new since the plan`);
    else if (now.mappings[mapping] === undefined) lines.push(`mapping ${mapping}: no longer there`);
    else if (planned.mappings[mapping] !== now.mappings[mapping]) lines.push(`mapping ${mapping}: changed`);
  }
  if (planned.owners !== now.owners) lines.push("owners: changed");
  if (planned.model !== now.model) lines.push("target model: changed");
  if (planned.options !== now.options) lines.push("source options or scope: changed");
  return lines;
}
