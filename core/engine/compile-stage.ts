/** Compiles a stage's mapping with the options of its source. */
import { compileMapping } from "../mapping/compile.ts";
import type { CompiledMapping, CompileOptions, OwnerResolver } from "../mapping/compiled.ts";
import { OWNER_OBJECT } from "../mapping/order.ts";
import type { ObjectMapping } from "../mapping/types.ts";
import type { Session } from "./session.ts";

/** What the source options say about values; absent ones are as the CSV connector's defaults. */
export function compileOptions(session: Session, mapping: ObjectMapping, owners: OwnerResolver): CompileOptions {
  const options = session.config.source.options;
  const object = session.model.objects.get(mapping.object)!;
  return {
    timezone: (options.timezone as string | undefined) ?? "UTC",
    dates: (options.dates as CompileOptions["dates"] | undefined) ?? "auto",
    ...(session.dateOrders?.has(mapping.id) ? { dateOrders: session.dateOrders.get(mapping.id)! } : {}),
    decimal: (options.decimal as CompileOptions["decimal"] | undefined) ?? ".",
    nulls: (options.nulls as readonly string[] | undefined) ?? [""],
    blankMeansNothing: session.source.capabilities.blankMeansNothing,
    owners,
    ownerIdType: session.model.objects.get(OWNER_OBJECT)?.idType ?? "bigint",
    requireAny: object.requireAny,
    required: [...object.fields.values()].filter((field) => field.required).map((field) => field.name),
  };
}

export function compileStage(session: Session, mapping: ObjectMapping, owners: OwnerResolver): CompiledMapping {
  return compileMapping(mapping, compileOptions(session, mapping, owners));
}
