/** What stages of pipelines mean in the target, by how likely success is there and whether they are the end. */

export interface StageRule {
  /** Open stages: up to this probability (0 to 1, inclusive; without one the last) this option. In order. */
  readonly open: readonly (readonly [upTo: number, option: string])[];
  /** Where records end: with probability 1, with 0, and where no probability is told; null: nothing can be said. */
  readonly won: string | null;
  readonly lost: string | null;
  readonly closed: string | null;
}

/** `object.field` of the target. */
export const STAGE_RULES: Readonly<Record<string, StageRule>> = {
  "opportunity.stage": {
    open: [
      [0.1, "prospecting"],
      [0.25, "qualification"],
      [0.5, "needs_analysis"],
      [0.7, "proposal"],
      [1, "negotiation"],
    ],
    won: "closed_won",
    lost: "closed_lost",
    closed: null,
  },
  "case.status": { open: [[1, "in_progress"]], won: "closed", lost: "closed", closed: "closed" },
  "lead.status": { open: [[1, "contacted"]], won: "converted", lost: "unqualified", closed: "unqualified" },
};
