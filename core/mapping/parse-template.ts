/** `template: "{FirstName} {LastName}"`. */
import type { FieldInput } from "./types.ts";

type Parts = Extract<FieldInput, { kind: "template" }>["parts"];

/** Literal and column parts in order, or why it cannot be read. `{{` and `}}` are literal braces. */
export function parseTemplate(template: string): { readonly parts: Parts } | { readonly error: string } {
  const parts: ({ text: string } | { column: string })[] = [];
  let text = "";
  for (let at = 0; at < template.length; at++) {
    const character = template[at]!;
    if ((character === "{" || character === "}") && template[at + 1] === character) {
      text += character;
      at++;
    } else if (character === "}") return { error: `} without { at character ${at + 1}; write }} for a brace` };
    else if (character === "{") {
      const end = template.indexOf("}", at);
      const column = end < 0 ? "" : template.slice(at + 1, end).trim();
      if (end < 0) return { error: `{ without } at character ${at + 1}; write {{ for a brace` };
      if (column === "") return { error: `{} without a field name at character ${at + 1}` };
      if (text !== "") parts.push({ text });
      text = "";
      parts.push({ column });
      at = end;
    } else text += character;
  }
  if (text !== "") parts.push({ text });
  return { parts };
}
