/** Associations whose other end must be there: joins for the merge that find the first one that is not. */
import { ident } from "../../store/quote.ts";
import type { Sql } from "../sql.ts";
import { lookupKey } from "./lookups.ts";
import { type AssociationPlan, lookupTable, type MergePlan } from "./plan.ts";

/** SQL expressions for one association, over alias `s` and the join; like `Resolution` of a lookup. */
export interface LinkResolution {
  readonly join: string;
  readonly missing: string;
  readonly ambiguous: string;
  /** What the association is called in reasons. */
  readonly label: string;
  /** The first reference that leads nowhere, or to several records. */
  readonly reference: string;
  readonly candidates: string;
  /** `contact by email`, as text. */
  readonly what: string;
}

/** What warnings and rejects call an association. */
export const associationName = ({ to }: AssociationPlan): string => `association to ${to.name}`;

/** The joins of all associations that reject. */
export function linkResolutions(plan: MergePlan, sql: Sql): LinkResolution[] {
  return plan.associations
    .filter((association) => association.rejects)
    .map((association) => {
      const { lookup, refs, index } = association;
      const alias = `a${index}`;
      return {
        join: `left join lateral (
      select e.reference, l.n, l.names from unnest(s.${ident(refs.name)}) with ordinality as e(reference, place)
        left join ${ident(lookupTable(lookup))} l on l.k = ${lookupKey(lookup, "e.reference")}
      where e.reference <> '' and l.n is distinct from 1 order by e.place limit 1) ${alias} on true`,
        missing: `(${alias}.reference is not null and ${alias}.n is null)`,
        ambiguous: `coalesce(${alias}.n > 1, false)`,
        label: sql.param(associationName(association), "text"),
        reference: `${alias}.reference`,
        candidates: `${alias}.names`,
        what: sql.param(`${association.to.name} by ${lookup.by ?? "external id"}`, "text"),
      };
    });
}
