/** Types of existing columns that hold every value of a model's column type, besides the type itself. */
const HOLDERS: Readonly<Record<string, readonly string[]>> = {
  text: ["character varying", "citext", "public.citext"],
  "text[]": ["character varying[]"],
};

/** True when a column of type `found` holds every value that the model may write to a column of type `wanted`. */
export function canHold(found: string, wanted: string, maxLength: number | null): boolean {
  if (found === wanted || (HOLDERS[wanted] ?? []).includes(found)) return true;
  const limit = /^character varying\((\d+)\)$/.exec(found);
  return wanted === "text" && limit !== null && maxLength !== null && Number(limit[1]) >= maxLength;
}
