/** What runs are for. */

/** rewrite: links inside texts were rewritten; nothing was loaded. */
export type RunKind = "full" | "delta" | "retry" | "rollback" | "rewrite";

/** Runs that load, and that can be proven. */
export const isLoad = ({ kind }: { readonly kind: RunKind }): boolean => kind !== "rollback" && kind !== "rewrite";
