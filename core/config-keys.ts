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
