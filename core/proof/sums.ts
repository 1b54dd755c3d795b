/** Sums per field, currency and stage: gathered on the finest groups, rolled up for the report. */
import { compareDecimals, type Decimal, DecimalSum, subtract } from "./decimal.ts";
import type { SumCheck, SumGroup } from "./types.ts";

/** Distinct (currency, stage) groups per field at most; beyond it the stage is no longer told apart. */
export const MOST_GROUPS = 1000;

export interface GroupSum {
  readonly currency: string | null;
  readonly stage: string | null;
  readonly source: DecimalSum;
  readonly excluded: DecimalSum;
  readonly target: DecimalSum;
}

/** The sums of one field of one mapping. */
export class FieldSums {
  readonly field: string;
  readonly byCurrency: boolean;
  #byStage: boolean;
  #groups = new Map<string, GroupSum>();

  constructor(field: string, byCurrency: boolean, byStage: boolean) {
    this.field = field;
    this.byCurrency = byCurrency;
    this.#byStage = byStage;
  }

  get byStage(): boolean {
    return this.#byStage;
  }

  #group(currency: string | null, stage: string | null): GroupSum {
    const [by, at] = [this.byCurrency ? currency : null, this.#byStage ? stage : null];
    const name = `${by === null ? "-" : `+${by}`}\u0000${at === null ? "-" : `+${at}`}`;
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = {
        currency: by,
        stage: at,
        source: new DecimalSum(),
        excluded: new DecimalSum(),
        target: new DecimalSum(),
      };
      this.#groups.set(name, group);
      if (this.#byStage && this.#groups.size > MOST_GROUPS) {
        this.#forgetStages();
        return this.#group(currency, stage);
      }
    }
    return group;
  }

  #forgetStages(): void {
    const old = [...this.#groups.values()];
    this.#byStage = false;
    this.#groups = new Map();
    for (const group of old) {
      const into = this.#group(group.currency, null);
      for (const side of ["source", "excluded", "target"] as const) into[side].add(group[side].value);
    }
  }

  addSource(value: Decimal, currency: string | null, stage: string | null, excluded: boolean): void {
    const group = this.#group(currency, stage);
    group.source.add(value);
    if (excluded) group.excluded.add(value);
  }

  addTarget(value: Decimal, currency: string | null, stage: string | null): void {
    this.#group(currency, stage).target.add(value);
  }

  /** Overall first, then by currency, then by stage (within its currency). `policy`: why the target may hold something else. */
  checks(policy: string | null): SumCheck[] {
    const groups = [...this.#groups.values()];
    const checks = [this.#check({}, groups, policy)];
    if (this.byCurrency) {
      for (const currency of distinct(groups.map((group) => group.currency))) {
        const within = groups.filter((group) => group.currency === currency);
        checks.push(this.#check({ currency }, within, policy));
      }
    }
    if (!this.#byStage) return checks;
    const fine = groups.toSorted(
      (left, right) => order(left.currency, right.currency) || order(left.stage, right.stage),
    );
    for (const group of fine) {
      const by = this.byCurrency ? { currency: group.currency, stage: group.stage } : { stage: group.stage };
      checks.push(this.#check(by, [group], policy));
    }
    return checks;
  }

  #check(by: SumGroup, groups: readonly GroupSum[], policy: string | null): SumCheck {
    const total = (side: "source" | "excluded" | "target"): DecimalSum => {
      const sum = new DecimalSum();
      for (const group of groups) sum.add(group[side].value);
      return sum;
    };
    const [source, excluded, target] = [total("source"), total("excluded"), total("target")];
    const equal = compareDecimals(subtract(source.value, excluded.value), target.value) === 0;
    return {
      field: this.field,
      by,
      source: source.toString(),
      excluded: excluded.toString(),
      target: target.toString(),
      ok: equal || policy !== null,
      note: equal ? null : policy,
    };
  }
}

function order(left: string | null, right: string | null): number {
  if (left === right) return 0;
  if (left === null) return 1;
  if (right === null) return -1;
  return left < right ? -1 : 1;
}

function distinct(values: readonly (string | null)[]): (string | null)[] {
  return [...new Set(values)].sort(order);
}
