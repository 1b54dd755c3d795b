/** What all activities have in common. */
import type { Seed, Values } from "../seed.ts";
import { instant } from "../world.ts";

export const activityProperties = (group: string): string => `
hs_timestamp|Activity date|datetime.date|${group}
hs_attachment_ids|Attached file IDs|enumeration.checkbox|${group}|e
hs_body_preview|Body preview|string.text|${group}|r
hs_body_preview_is_truncated|Body Preview Truncated|bool.booleancheckbox|${group}|r
hs_created_by|Activity created by|number.number|${group}|r
hs_at_mentioned_owner_ids|At-Mentioned Owner Ids|enumeration.checkbox|${group}|e
hs_object_source_label|Record source|enumeration.select|${group}|re
hs_createdate|Create date|datetime.date|${group}|r
hs_lastmodifieddate|Last modified date|datetime.date|${group}|r
hubspot_owner_id|Activity assigned to|enumeration.select|${group}|e||OWNER
hs_object_id|Record ID|number.number|${group}|r
hs_merged_object_ids|Merged record IDs|enumeration.checkbox|${group}|r`;

/** `body` is HTML or null. */
export function activityValues(seed: Seed, type: string, index: number, body: string | null): Values {
  const { world } = seed;
  const created = world.created(type, index);
  // tasks are due later, the others were entered after they happened
  const at = type === "tasks" ? created + (1 + (index % 30)) * 86_400_000 : created - (index % 5) * 3_600_000;
  const text = body?.replace(/<br>/g, " ").replace(/<[^>]*>/g, "") ?? null;
  return {
    hs_timestamp: instant(index % 6 === 0 ? at - (at % 1000) : at),
    hs_attachment_ids: seed.files.attached(type, index),
    hs_body_preview: text === null ? null : text.slice(0, 512),
    hs_body_preview_is_truncated: text === null ? null : String(text.length > 512),
    hs_object_source_label: index % 4 === 0 ? "INTEGRATION" : "CRM_UI",
  };
}
