/** `--sample N`: whole account trees. */
import type { Stage } from "../mapping/types.ts";
import type { SamplePlan } from "./merge/plan.ts";

/** The object that trees hang on: accounts where they are mapped, else the first object that others refer to. */
function rootOf(stages: readonly Stage[]): string | null {
  if (stages.some((stage) => stage.mapping.object === "account")) return "account";
  const referred = new Set(
    stages.flatMap((stage) =>
      stage.mapping.fields.flatMap(
        (field) => field.lookup?.objects.filter((object) => object !== stage.mapping.object) ?? [],
      ),
    ),
  );
  return (
    stages.find((stage) => referred.has(stage.mapping.object))?.mapping.object ?? stages[0]?.mapping.object ?? null
  );
}

/** One entry per stage; null where everything is loaded (no sample, or an object outside the trees such as users and products). */
export function samplePlans(stages: readonly Stage[], limit: number | null): (SamplePlan | null)[] {
  const root = limit === null ? null : rootOf(stages);
  if (root === null || limit === null) return stages.map(() => null);
  const tree = new Set([root]);
  return stages.map((stage) => {
    const { mapping } = stage;
    if (mapping.object === root) return { root: true, limit, tree };
    const hangs = mapping.fields.some(
      (field) =>
        field.lookup !== null &&
        !stage.deferred.includes(field.target) &&
        field.lookup.objects.some((object) => tree.has(object)),
    );
    if (!hangs) return null;
    tree.add(mapping.object);
    return { root: false, limit, tree };
  });
}
