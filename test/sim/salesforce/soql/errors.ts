/** Errors of queries, with the SOQL and a caret as the API prints them. */

export class SoqlError extends Error {
  readonly errorCode: string;
  constructor(errorCode: string, message: string) {
    super(message);
    this.name = "SoqlError";
    this.errorCode = errorCode;
  }
}

const AROUND = 40;

/** The message with the text around `at` (0-based) and a caret under it. */
export function soqlError(errorCode: string, soql: string, at: number, text: string): SoqlError {
  const row = soql.slice(0, at).split("\n").length;
  const start = soql.lastIndexOf("\n", at - 1) + 1;
  const end = soql.indexOf("\n", at);
  const line = soql.slice(start, end < 0 ? undefined : end);
  const column = at - start;
  const from = Math.max(0, column - AROUND);
  const shown = line.slice(from, column + AROUND);
  return new SoqlError(
    errorCode,
    `\n${shown}\n${" ".repeat(column - from)}^\nERROR at Row:${row}:Column:${column + 1}\n${text}`,
  );
}

const CUSTOM_OBJECT =
  "If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.";
const CUSTOM_FIELD =
  "If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.";

export const invalidType = (soql: string, at: number, name: string): SoqlError =>
  soqlError("INVALID_TYPE", soql, at, `sObject type '${name}' is not supported. ${CUSTOM_OBJECT}`);
export const noColumn = (soql: string, at: number, name: string, object: string): SoqlError =>
  soqlError("INVALID_FIELD", soql, at, `No such column '${name}' on entity '${object}'. ${CUSTOM_FIELD}`);
export const malformed = (soql: string, at: number, text: string): SoqlError =>
  soqlError("MALFORMED_QUERY", soql, at, text);
