/** How many records objects hold, by one call: figures that Salesforce keeps, which may lag behind. Never used for proofs. */
import type { Api } from "./api.ts";
import type { Metadata } from "./metadata.ts";

/** Setup, and what comes with objects that are read. */
const NO_DATA =
  /^(?:Organization|Profile|PermissionSet\w*|RecordType|CurrencyType|DatedConversionRate|UserRole|Group|GroupMember|OpportunityStage|LeadStatus|\w+Status|ContentDocument|ContentWorkspace\w*|ContentFolder\w*|Name|Apex\w+|Auth\w+|Dashboard|Report|Document|Folder|EmailTemplate|StaticResource|ListView\w*|Period|FiscalYearSettings|BusinessHours|Holiday)$/;

interface Answer {
  readonly sObjects?: readonly { readonly count: number; readonly name: string }[];
}

/** Objects that people see pages of, and that hold records. */
export async function cachedSizes(api: Api, metadata: Metadata): Promise<ReadonlyMap<string, number>> {
  const shown = new Set(
    (await metadata.objects())
      .filter(({ name, layoutable, customSetting }) => layoutable !== false && !customSetting && !NO_DATA.test(name))
      .map(({ name }) => name),
  );
  const { sObjects = [] } = await api.call("record counts", (client) =>
    client.request<Answer>("GET", "/limits/recordCount"),
  );
  return new Map(
    sObjects.filter(({ name, count }) => count > 0 && shown.has(name)).map(({ name, count }) => [name, count]),
  );
}
