import type { Problem } from "../../../core/errors.ts";
import { type CheckedMappings, checkMappings } from "../../../core/mapping/check.ts";
import { DEFAULT_OWNERS } from "../../../core/mapping/owners.ts";
import { parseMappingFile } from "../../../core/mapping/parse.ts";
import { parsePicklistsFile } from "../../../core/mapping/parse-picklist.ts";
import { parseModel } from "../../../core/model/parse.ts";
import type { SourceSchema, TargetModel } from "../../../core/schema.ts";
import { createProblems } from "../../../core/yaml-read.ts";

/** A small CRM with every kind of field that mappings treat differently. */
export const model: TargetModel = parseModel(
  "model.yaml",
  `
order: [user, account, contact, opportunity, task]
objects:
  user:
    fields: { name: text, email: email, manager_id: { type: reference, lookup: user } }
  account:
    requireAny: [[name, domain]]
    fields:
      name: text
      domain: text
      annual_revenue: currency
      balance: currency
      currency: text
      employees: integer
      phone: phone
      since: date
      active: boolean
      tags: { type: multipicklist, options: [hot, cold] }
      parent_id: { type: reference, lookup: account }
      primary_contact_id: { type: reference, lookup: contact }
      owner_id: owner
  contact:
    fields:
      last_name: text
      email: email
      account_id: { type: reference, lookup: account }
      owner_id: owner
  opportunity:
    fields:
      name: { type: text, required: true }
      stage: { type: picklist, required: true, options: { prospecting: Prospecting, closed_won: Closed Won, closed_lost: Closed Lost } }
      amount: currency
      account_id: { type: reference, lookup: account }
      contact_id: { type: reference, lookup: contact }
      owner_id: owner
  task:
    fields:
      subject: text
      related_id: { type: reference, lookup: [account, opportunity], typeField: related_type }
      related_type: text
      contact_id: { type: reference, lookup: contact }
  association:
    fields:
      from_object: text
      from_id: { type: reference, lookup: [account, contact], typeField: from_object }
      to_object: text
      to_id: { type: reference, lookup: [account, contact], typeField: to_object }
      label: text
`,
  "crm",
);

const object = (name: string, columns: string, key?: string) => ({
  name,
  label: name,
  fields: columns.split(" ").map((column) => ({ name: column, label: column, type: null })),
  ...(key === undefined ? {} : { key }),
});

export const sourceSchema: SourceSchema = {
  objects: [
    object("users.csv", "Id Name Email Manager"),
    object("accounts.csv", "Id Name Domain Revenue Balance Currency Phone Since Parent Contact Owner Type Tags Active"),
    object("contacts.csv", "Id Last Email Account Owner"),
    object("deals.csv", "Id Name Stage Amount Currency Account Contact Owner"),
    object("tasks.csv", "Id Subject What Who"),
    object("leads.csv", "Id Name Domain"),
    object("Keyed", "Id Name", "Id"),
  ],
};

export interface CheckExtras {
  readonly picklists?: string;
  readonly blankMeansNothing?: boolean;
  readonly model?: TargetModel;
}

/** Parses and checks mapping files, one per text, named m1.yaml, m2.yaml... */
export function check(files: readonly string[], extras: CheckExtras = {}): CheckedMappings {
  const problems = createProblems();
  const mappings = files.flatMap((text, index) => parseMappingFile(`m${index + 1}.yaml`, text, problems));
  const picklists = parsePicklistsFile("picklists.yaml", extras.picklists ?? "", problems);
  const checked = checkMappings(
    { mappings, picklists, owners: DEFAULT_OWNERS },
    {
      sourceSchema,
      model: extras.model ?? model,
      capabilities: { blankMeansNothing: extras.blankMeansNothing ?? true, fetchByKey: false },
    },
  );
  return { set: checked.set, problems: [...problems.all, ...checked.problems] };
}

/** `m1.yaml:3:4 CODE message | hint`. */
export function told(problems: readonly Problem[]): string[] {
  return problems.map(({ code, message, place, hint }) => {
    const at = [place.file, place.line, place.column].filter((part) => part !== undefined).join(":");
    return `${at} ${code} ${message}${hint === null ? "" : ` | ${hint}`}`;
  });
}

/** An account mapping with some lines for `fields:`. */
export const account = (fields: string, rest = ""): string =>
  `object: account\nsource: accounts.csv\nkey: Id\n${rest}fields:\n  name: Name\n${fields.replace(/^/gm, "  ")}\n`;

/** Problems of one account mapping with these fields; warnings too. */
export const problemsOf = (fields: string, rest = "", extras: CheckExtras = {}): string[] =>
  told(check([account(fields, rest)], extras).problems);
