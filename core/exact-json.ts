/** JSON whose numbers stay as they are written. */

/** Parses JSON with every number as its own text, digit for digit: ids above 2^53 and long decimals are kept. Throws SyntaxError. */
export function parseExact(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown, context?: { readonly source?: string }) =>
    typeof value === "number" ? (context?.source ?? String(value)) : value,
  );
}
