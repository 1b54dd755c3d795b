/** Labels of links as they travel from the mapping to the database: the text, and whether the link is the primary one. */

/** Stands before the label of a primary link; labels of the source never hold it. */
export const PRIMARY_MARK = "\u001f";

/** SQL literal of the mark. */
const MARK = "chr(31)";

/** SQL: the label's text, null where it has none. */
export const labelText = (label: string): string => `nullif(ltrim(${label}, ${MARK}), '')`;

/** SQL, never null: true for the primary link. */
export const isPrimary = (label: string): string => `coalesce(starts_with(${label}, ${MARK}), false)`;
