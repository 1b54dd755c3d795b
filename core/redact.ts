/** Keeps secrets out of everything that leaves the process: logs, reports, errors, plans. */

export const REDACTED = "***";

/** Query parameters of a connection URL whose value is secret. */
const SECRET_PARAMETERS = /([?&](?:password|sslpassword|access_token|token|client_secret|api_?key)=)[^&#\s]*/gi;
/** `https://user:password@`; greedy to the last `@` before a blank or slash: a path may hold an `@`, after a port. */
const WEB_PASSWORD = /(https?:\/\/[^\s:/@]*:)([^\s/]*)@/gi;
/**
 * `postgres://user:password@` and the like; greedy to the last `@` of the word. Passwords that were not percent-encoded may
 * hold `/`, `?`, `#` and `@`: rather too much is blanked than a piece of one is shown.
 */
const URL_PASSWORD = /((?!https?:)\b[a-z][a-z0-9+.-]*:\/\/[^\s:]*:)(\S*)@/gi;
/** The same over a whole URL, blanks in its password included. */
const WHOLE_URL = /^((?!https?:)[a-z][a-z0-9+.-]*:\/\/[^\s:]*:)(.*)@/is;

/** A connection URL without its password: `postgres://user:***@host/db`. Text that is no URL comes back unchanged. */
export function redactUrl(url: string): string {
  return redactPatterns(url.replace(WHOLE_URL, `$1${REDACTED}@`));
}

function redactPatterns(text: string): string {
  return text
    .replace(URL_PASSWORD, `$1${REDACTED}@`)
    .replace(WEB_PASSWORD, `$1${REDACTED}@`)
    .replace(SECRET_PARAMETERS, `$1${REDACTED}`);
}

/** The ways in which one secret may be written: as it is, percent-encoded, form-encoded, inside JSON, base64. */
function spellings(secret: string): string[] {
  const encoded = safely(() => encodeURIComponent(secret));
  return [
    secret,
    encoded,
    // encodeURIComponent leaves !'()* as they are; other encoders do not
    encoded.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`),
    encoded.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    encoded.replaceAll("%20", "+"),
    new URLSearchParams({ _: secret }).toString().slice(2),
    safely(() => encodeURI(secret)),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString("base64"),
  ];
}

function safely(encode: () => string): string {
  try {
    return encode();
  } catch {
    return ""; // lone surrogates cannot be percent-encoded
  }
}

/**
 * A function that blanks every one of `secrets`, however it is encoded, and every password in a URL, known or not.
 * Empty secrets and those under 3 characters are left out: blanking them would garble ordinary text.
 */
export function createRedactor(secrets: readonly string[]): (text: string) => string {
  const all = new Set(secrets.filter((secret) => secret.length >= 3).flatMap(spellings));
  all.delete("");
  // longest first: a secret that contains another must go as a whole
  const ordered = [...all].sort((a, b) => b.length - a.length);
  if (ordered.length === 0) return redactPatterns;
  const pattern = new RegExp(ordered.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|"), "g");
  return (text) => redactPatterns(text.replace(pattern, REDACTED));
}
