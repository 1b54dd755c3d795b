/** Source connector for Salesforce orgs. */
import type { ConnectorModule } from "../../core/connector.ts";
import { OPTIONS, salesforceOptions } from "./options.ts";
import { salesforceSource } from "./source.ts";

const salesforce: ConnectorModule = {
  name: "salesforce",
  summary: "A Salesforce org, by its REST API and Bulk API 2.0",
  options: OPTIONS,
  usualOptions:
    // biome-ignore lint/suspicious/noTemplateCurlyInString: names of environment variables
    '{ loginUrl: "${SF_LOGIN_URL}", auth: { flow: client-credentials, clientId: "${SF_CLIENT_ID}", clientSecret: "${SF_CLIENT_SECRET}" } }',
  create: (options, baseDir, context) => salesforceSource(salesforceOptions(options), baseDir, context),
};

export default salesforce;
