/** The keys of `migration.yaml` as data: validation, the JSON Schema and the documentation come from here. */
import type { OptionSpec } from "./options.ts";

export const configKeys: readonly OptionSpec[] = [
  { name: "version", type: "integer", description: "Version of this file's format.", default: 1, example: 1 },
  {
    name: "name",
    type: "string",
    required: true,
    description:
      "Name of the migration: letters, digits, `.`, `_`, `-`. Kept in external_source unless source.name is set.",
    example: "acme-salesforce",
  },
  { name: "source", type: "any", required: true, description: "Where records come from: `connector` and its options." },
  { name: "target", type: "any", description: "Where records go: `connector`, `url`, `schema`, `model`." },
  {
    name: "mappings",
    type: "string[]",
    description: "Folder or list of mapping files; default: the shipped ones for the source.",
    example: "./mappings",
  },
  { name: "owners", type: "string", description: "File that maps owners.", example: "./owners.yaml" },
  {
    name: "scope",
    type: "object",
    description: "What part of the source is read. Nothing is left out by default.",
    members: [
      {
        name: "since",
        type: "string",
        description: "Only records made from this date on (included), in UTC; the others end in `filtered`.",
        example: "2020-01-01",
      },
      {
        name: "until",
        type: "string",
        description: "Only records made before this date, in UTC; the others end in `filtered`.",
        example: "2025-01-01",
      },
      {
        name: "objects",
        type: "string[]",
        description: "Target objects; default: all that are mapped.",
        example: ["account", "contact"],
      },
    ],
  },
  {
    name: "limits",
    type: "object",
    description: "When to stop.",
    members: [
      { name: "rejects", type: "number", description: "Share of records that may be rejected, 0 to 1.", default: 0.01 },
      {
        name: "api",
        type: "number",
        description: "Share of the daily API quota that may be used, 0 to 1.",
        default: 0.8,
      },
      {
        name: "deletes",
        type: "number",
        description:
          "Share of an object's loaded records that a delta may mark or delete, 0 to 1; up to ten are always allowed. Above it the run stops, unless `--yes`.",
        default: 0.2,
      },
    ],
  },
  {
    name: "reconcile",
    type: "object",
    description: "When the proof holds.",
    members: [
      {
        name: "tolerance",
        type: "number",
        description: "Share of records that may be unexplained, 0 to 1.",
        default: 0.001,
      },
      {
        name: "spotChecks",
        type: "integer",
        description: "Records that are compared field by field, over all objects together.",
        default: 10,
      },
    ],
  },
  {
    name: "conflicts",
    type: "string",
    values: ["source", "target", "newest", "review"],
    description:
      "Deltas and retries: who wins where source and target both changed a value since it was written; `newest` needs a mapped `updated_at`, `review` leaves the target alone and lists it in conflicts.csv. Default: review. Said here, full runs follow it, too; otherwise they overwrite edits of the target. A mapping or field may say its own.",
    example: "review",
  },
  {
    name: "delta",
    type: "object",
    description: "How `migrate run --delta` catches up.",
    members: [
      {
        name: "deleted",
        type: "string",
        values: ["keep", "mark", "delete"],
        description:
          "What happens to the row of a record that the source no longer holds: it stays, it is marked (`deleted_at_source` in `custom`), or it is deleted. Default: mark where the table has `custom`, else keep; links are deleted. A mapping may say its own.",
        example: "mark",
      },
      {
        name: "files",
        type: "string",
        values: ["whole", "changes"],
        default: "whole",
        description:
          "Sources made of files: a new export is `whole` (what is missing from it was deleted), or holds `changes` only (nothing is).",
      },
      {
        name: "settle",
        type: "string",
        description:
          "How long a change may take to be visible at the source, as 5m, 90s or 1h; what is younger is read again by the next delta. Default: the connector's own.",
        example: "5m",
      },
      {
        name: "overlap",
        type: "string",
        description: "How far before its watermark a delta begins, as 10m. Default: the connector's own.",
        example: "10m",
      },
      {
        name: "sweeps",
        type: "object",
        description: "What timestamps do not show, and is found by reading keys or single fields of every record.",
        members: [
          { name: "deleted", type: "boolean", default: true, description: "Records that are gone or merged." },
          {
            name: "derived",
            type: "boolean",
            default: true,
            description: "Fields that change without their record: formulas, roll-ups, calculated properties.",
          },
          {
            name: "associations",
            type: "boolean",
            default: true,
            description: "Links that change without their records, and objects without timestamps.",
          },
        ],
      },
      {
        name: "resurrect",
        type: "boolean",
        default: false,
        description: "Records whose row users deleted in the target are loaded again when they change at the source.",
      },
    ],
  },
  { name: "cutover", type: "any", description: "Stages of a staged cutover." },
];

/** Keys of `source:` that every connector has. */
export const sourceKeys: readonly OptionSpec[] = [
  { name: "connector", type: "string", required: true, description: "Name of the source connector.", example: "csv" },
  {
    name: "name",
    type: "string",
    description: "Kept in external_source; default: the migration's name.",
    example: "acme",
  },
];

/** Keys of `target:` that every connector has. */
export const targetKeys: readonly OptionSpec[] = [
  { name: "connector", type: "string", default: "postgres", description: "Name of the target connector." },
  {
    name: "url",
    type: "string",
    default: "",
    description: "Database URL; empty: the embedded PostgreSQL.",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: what the file says
    example: "${DATABASE_URL:-}",
  },
  { name: "schema", type: "string", default: "crm", description: "PostgreSQL schema that holds the tables." },
  {
    name: "model",
    type: "string",
    default: "hotcrm",
    description: "`hotcrm`, `introspect`, or a path to a model file.",
  },
];

/** Keys of one entry of `cutover.stages`. */
export const cutoverStageKeys: readonly OptionSpec[] = [
  { name: "name", type: "string", required: true, description: "Name of the stage.", example: "history" },
  { name: "objects", type: "string[]", description: "Target objects; default: all." },
  { name: "until", type: "string", description: "Only records up to this date (excluded).", example: "2025-01-01" },
  { name: "delta", type: "boolean", default: false, description: "Read only what changed since the stage before." },
  { name: "repeat", type: "boolean", default: false, description: "May be done several times." },
  {
    name: "freeze",
    type: "boolean",
    default: false,
    description: "Fails when the source changed after the freeze began.",
  },
];
