/** What the benchmark of Salesforce loads of a contact: the mapping of `migrate run`, and the columns that are staged. */

const FIELDS = {
  first_name: "FirstName",
  last_name: "LastName",
  email: "Email",
  phone: "Phone",
  title: "Title",
  birthdate: "Birthdate",
  description: "Description",
  mailing_street: "MailingStreet",
  mailing_city: "MailingCity",
  mailing_country: "MailingCountry",
  email_opt_out: "HasOptedOutOfEmail",
  created_at: "CreatedDate",
  updated_at: "LastModifiedDate",
};

export const STAGED: readonly string[] = ["Id", ...Object.values(FIELDS)];

export const MAPPING = `object: contact
source: Contact
key: Id
fields:
${Object.entries(FIELDS)
  .map(([target, from]) => `  ${target}: ${target === "email" ? `{ from: ${from}, onError: "null" }` : from}\n`)
  .join("")}`;
