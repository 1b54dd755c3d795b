/** Columns of referenced records that mappings of a CRM usually need. */
import type { DescribedObject } from "./client.ts";

const BY_PARENT: Readonly<Record<string, readonly string[]>> = {
  RecordType: ["DeveloperName", "Name"],
  Profile: ["Name"],
  UserRole: ["Name"],
  PricebookEntry: ["Product2Id"],
  ContentDocument: ["Title"],
};

/** Dotted paths; whether they exist is for the caller to see. */
export function usualPaths(object: DescribedObject): string[] {
  return object.fields.flatMap((field) => {
    const { relationshipName, referenceTo } = field;
    if (relationshipName === null || relationshipName === undefined || referenceTo.length === 0) return [];
    const names =
      field.name === "OwnerId"
        ? ["Name", ...(referenceTo.length > 1 ? ["Type"] : []), "Email"]
        : referenceTo.length > 1
          ? ["Type"]
          : (BY_PARENT[referenceTo[0]!] ?? []);
    return names.map((name) => `${relationshipName}.${name}`);
  });
}
