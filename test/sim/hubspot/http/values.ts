/** Property values that a write brings: as they are kept, or why they are refused. */

import type { ObjectType, Property } from "../portal/types.ts";
import { instant } from "../portal/world.ts";
import { invalid } from "./answer.ts";
import { sensitiveScope } from "./record-json.ts";
import { refuse, type Site } from "./site.ts";

interface Problem {
  readonly isValid: false;
  readonly message: string;
  readonly error: string;
  readonly name: string;
}

const problem = (name: string, error: string, message: string): Problem => ({ isValid: false, message, error, name });

const DAY = 86_400_000;

/** Milliseconds since 1970 of a text that is that number, or ISO 8601; NaN for others. */
const timeOf = (text: string): number => (/^-?\d+$/.test(text) ? Number(text) : Date.parse(text));

const several = ({ fieldType }: Property): boolean => fieldType === "checkbox";

interface Option {
  readonly value: string;
}

function checked(property: Property, text: string, before: string | null): string | Problem {
  const { name, type } = property;
  switch (type) {
    case "number":
      return Number.isFinite(Number(text)) ? text : problem(name, "INVALID_DOUBLE", `${text} was not a valid number.`);
    case "bool":
      return /^(true|false)$/.test(text)
        ? text
        : problem(name, "INVALID_BOOLEAN", `${text} was not a valid boolean: true or false`);
    case "datetime": {
      const at = timeOf(text);
      return Number.isNaN(at)
        ? problem(name, "INVALID_DATE", `${text} was not a valid long or ISO 8601 date.`)
        : instant(at);
    }
    case "date": {
      const at = timeOf(text);
      return Number.isNaN(at) || at % DAY !== 0
        ? problem(name, "INVALID_DATE", `${text} is at a time other than midnight UTC, or no date.`)
        : instant(at).slice(0, 10);
    }
    case "enumeration": {
      // a leading semicolon appends
      const added = several(property) && text.startsWith(";") && before !== null ? before.split(";") : [];
      const values = several(property) ? text.split(";").filter((value) => value !== "") : [text];
      const options = property.options as readonly Option[];
      const known = new Set(options.map(({ value }) => value));
      const wrong =
        property.externalOptions === true || known.size === 0 ? [] : values.filter((one) => !known.has(one));
      if (wrong.length > 0)
        return problem(
          name,
          "INVALID_OPTION",
          `${wrong[0]} was not one of the allowed options: ${[...known].join(", ")}`,
        );
      return [...new Set([...added, ...values])].join(";");
    }
    default:
      return text;
  }
}

/** `properties` of a body as a record keeps them; an empty text is no value. `before`: the values that it has. */
export function valuesOf(
  site: Site,
  type: ObjectType,
  body: Record<string, unknown>,
  before: Readonly<Record<string, string | null>>,
): Record<string, string | null> {
  const { properties } = body;
  if (typeof properties !== "object" || properties === null || Array.isArray(properties))
    return refuse(invalid("Some required fields were not set: [properties]"));
  const known = new Map(site.portal.properties(type).map((property) => [property.name, property]));
  const values: Record<string, string | null> = {};
  const problems: Problem[] = [];
  for (const [name, value] of Object.entries(properties)) {
    const property = known.get(name);
    const scope = property === undefined ? null : sensitiveScope(type, property.dataSensitivity);
    if (property === undefined || property.archived || (scope !== null && !site.auth.granted(scope))) {
      problems.push(problem(name, "PROPERTY_DOESNT_EXIST", `Property "${name}" does not exist`));
    } else if ((property.modificationMetadata as { readonly readOnlyValue?: boolean }).readOnlyValue === true) {
      problems.push(problem(name, "READ_ONLY_VALUE", `"${name}" is a read only property; its value cannot be set.`));
    } else if (value === null || value === "") values[name] = null;
    else {
      const result = checked(property, String(value), before[name] ?? null);
      if (typeof result === "string") values[name] = result;
      else problems.push(result);
    }
  }
  if (problems.length > 0) refuse(invalid(`Property values were not valid: ${JSON.stringify(problems)}`));
  return values;
}
