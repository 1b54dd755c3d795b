/** Source connector for HubSpot portals. */
import type { ConnectorModule } from "../../core/connector.ts";
import { hubspotOptions, OPTIONS } from "./options.ts";
import { hubspotSource } from "./source.ts";

const hubspot: ConnectorModule = {
  name: "hubspot",
  summary: "A HubSpot portal, by its CRM API",
  options: OPTIONS,
  // biome-ignore lint/suspicious/noTemplateCurlyInString: names of environment variables
  usualOptions: '{ accessToken: "${HUBSPOT_TOKEN}", baseUrl: "${HUBSPOT_BASE_URL:-https://api.hubapi.com}" }',
  create: (options, _baseDir, context) => hubspotSource(hubspotOptions(options), context),
};

export default hubspot;
