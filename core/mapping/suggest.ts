/** Suggestions for mappings, from names and values. Pure: sources are scanned by the caller (profile.ts). */

export { splitActivities } from "./suggest-activities.ts";
export { columnName, draftMappings, plainFields } from "./suggest-draft.ts";
export type { FieldSuggestion } from "./suggest-fields.ts";
export { suggestFields } from "./suggest-fields.ts";
export type { LookupSuggestion, LookupTarget } from "./suggest-lookups.ts";
export { suggestLookups } from "./suggest-lookups.ts";
export type { Assignment, LeftOut } from "./suggest-objects.ts";
export { assignObjects } from "./suggest-objects.ts";
export type { Draft, DraftField, DraftMapping, DraftPicklist, ProfiledAssignment } from "./suggest-types.ts";
export { customType, matchOption, matchOptions } from "./suggest-values.ts";
