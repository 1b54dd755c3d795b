/** Names of source objects as mappings write them. */
import type { SourceSchema } from "../schema.ts";

/** Finds the source object that a mapping means: exactly, ignoring case, or without the file's extension and folder. */
export function resolveSourceName(schema: SourceSchema, name: string): string | null {
  const names = schema.objects.map((object) => object.name);
  if (names.includes(name)) return name;
  const known = schema.objects.filter((object) => object.aliases?.includes(name));
  if (known.length === 1) return known[0]!.name;
  const fold = (text: string) => text.toLowerCase();
  const bare = (text: string) =>
    fold(text)
      .replace(/^.*\//, "")
      .replace(/\.[a-z0-9]{1,5}$/, "");
  for (const same of [
    (candidate: string) => fold(candidate) === fold(name),
    (candidate: string) => bare(candidate) === fold(name),
    (candidate: string) =>
      bare(candidate) === bare(name) && /\.[a-z0-9]{1,5}$/i.test(candidate) === /\.[a-z0-9]{1,5}$/i.test(name),
  ]) {
    const found = names.filter(same);
    if (found.length === 1) return found[0]!;
  }
  return null;
}
