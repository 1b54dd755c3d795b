/** Canonical text (values.ts) to PostgreSQL's binary COPY fields. */
import type { CopyWriter } from "../store/copy-writer.ts";
import type { StageType } from "./compiled.ts";
import { daysFromCivil } from "./dates.ts";
import { arrayItems } from "./values-text.ts";

/** Appends one field; `text` must be canonical for the type. */
export function encodeCanonical(out: CopyWriter, type: StageType, text: string): void {
  switch (type) {
    case "text":
      out.text(text);
      break;
    case "int8":
      out.int8(text.length <= 15 ? Number(text) : BigInt(text));
      break;
    case "numeric":
      out.numeric(text);
      break;
    case "bool":
      out.bool(text === "true");
      break;
    case "date":
      out.date(dayNumber(text));
      break;
    case "timestamptz": {
      const micros = Number(text.slice(20, -3).padEnd(6, "0"));
      const seconds = Number(text.slice(11, 13)) * 3600 + Number(text.slice(14, 16)) * 60 + Number(text.slice(17, 19));
      out.timestamptz(dayNumber(text) * 86_400_000 + seconds * 1000 + Math.floor(micros / 1000), micros % 1000);
      break;
    }
    case "jsonb":
      out.jsonb(text);
      break;
    case "text[]":
      out.textArray(arrayItems(text));
      break;
    case "uuid":
      out.uuid(Buffer.from(text.replaceAll("-", ""), "hex"));
      break;
  }
}

function dayNumber(text: string): number {
  return daysFromCivil(Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8, 10)));
}
