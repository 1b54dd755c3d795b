/** E-mails, notes, communications, postal mail. */
import { properties } from "../property.ts";
import { pick, type Rows, type Seed } from "../seed.ts";
import { activityProperties, activityValues } from "./activity.ts";
import { html, longText } from "./names.ts";

const EMAIL_PROPERTIES = properties(`
hs_email_subject|Email subject|string.text|email
hs_email_html|Email HTML|string.html|email
hs_email_text|Email body|string.textarea|email
hs_email_direction|Email direction|enumeration.select|email||EMAIL:Email,INCOMING_EMAIL:Incoming Email,FORWARDED_EMAIL:Forwarded Email
hs_email_status|Email send status|enumeration.select|email||SENT:Sent,BOUNCED:Bounced,FAILED:Failed,SCHEDULED:Scheduled,SENDING:Sending
hs_email_from_email|Email From Address|string.text|email|r
hs_email_from_firstname|Email From Firstname|string.text|email|r
hs_email_from_lastname|Email From Lastname|string.text|email|r
hs_email_to_email|Email To Address|string.text|email|r
hs_email_cc_email|Email CC Address|string.text|email|r
hs_email_bcc_email|Email BCC Address|string.text|email|r
hs_email_headers|Email Headers|string.textarea|email
hs_email_message_id|Email Message ID|string.text|email
hs_email_thread_id|Email Thread ID|string.text|email|r
hs_email_open_count|Number of email opens|number.number|email|r
${activityProperties("email")}
`);

export function emails(seed: Seed): Rows {
  const { world } = seed;
  const throwOf = world.dice("emails");
  const text = longText(seed, "emails.body");
  return {
    properties: EMAIL_PROPERTIES,
    values(index) {
      const words = text(index);
      const body = index % 10 === 9 ? null : html(words);
      const to = `contact${throwOf(index, Math.max(1, world.size("contacts")))}@mail.example`;
      return {
        hs_email_subject: index % 25 === 8 ? null : `Re: Angebot ${index} ✉`,
        hs_email_html: body,
        hs_email_text: index % 10 === 9 ? null : words,
        hs_email_direction: pick(["EMAIL", "INCOMING_EMAIL", "FORWARDED_EMAIL"], throwOf(index + 1, 3)),
        hs_email_status: index % 12 === 0 ? "BOUNCED" : "SENT",
        hs_email_from_email: "rep0@sales.example",
        hs_email_from_firstname: "Ana",
        hs_email_from_lastname: "O'Neill",
        hs_email_to_email: index % 6 === 5 ? `${to};second@mail.example` : to,
        hs_email_cc_email: index % 8 === 3 ? "boss@sales.example" : null,
        hs_email_bcc_email: index % 16 === 3 ? "archive@sales.example" : null,
        hs_email_headers: JSON.stringify({
          from: { email: "rep0@sales.example", firstName: "Ana", lastName: "O'Neill" },
          to: [{ email: to, firstName: "", lastName: "" }],
          cc: [],
          bcc: [],
        }),
        hs_email_message_id: `<${index}.${world.seed}@mail.example>`,
        hs_email_thread_id: index % 3 === 0 ? null : String(9_007_199_254_740_000n + BigInt(index) * 3n),
        hs_email_open_count: String(index % 3),
        ...activityValues(seed, "emails", index, body),
      };
    },
  };
}

const NOTE_PROPERTIES = properties(`
hs_note_body|Note body|string.html|note
${activityProperties("note")}
`);

export function notes(seed: Seed): Rows {
  const text = longText(seed, "notes.body");
  return {
    properties: NOTE_PROPERTIES,
    values(index) {
      const body = index % 40 === 39 ? null : index % 9 === 4 ? text(index) : html(text(index));
      return { hs_note_body: body, ...activityValues(seed, "notes", index, body) };
    },
  };
}

const COMMUNICATION_PROPERTIES = properties(`
hs_communication_channel_type|Channel type|enumeration.select|communication||WHATS_APP:WhatsApp,LINKEDIN_MESSAGE:LinkedIn message,SMS:SMS
hs_communication_logged_from|Logged from|enumeration.select|communication||CRM:CRM
hs_communication_body|Body|string.html|communication
${activityProperties("communication")}
`);

export function communications(seed: Seed): Rows {
  const text = longText(seed, "communications.body");
  return {
    properties: COMMUNICATION_PROPERTIES,
    values(index) {
      const body = html(text(index));
      return {
        hs_communication_channel_type: pick(["WHATS_APP", "LINKEDIN_MESSAGE", "SMS"], index),
        hs_communication_logged_from: "CRM",
        hs_communication_body: body,
        ...activityValues(seed, "communications", index, body),
      };
    },
  };
}

const MAIL_PROPERTIES = properties(`
hs_postal_mail_body|Body|string.html|postal_mail
${activityProperties("postal_mail")}
`);

export function postalMail(seed: Seed): Rows {
  const text = longText(seed, "postal_mail.body");
  return {
    properties: MAIL_PROPERTIES,
    values(index) {
      const body = index % 8 === 7 ? null : html(text(index));
      return { hs_postal_mail_body: body, ...activityValues(seed, "postal_mail", index, body) };
    },
  };
}
