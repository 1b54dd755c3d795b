/** Parquet values as cells. */
import { isUtf8 } from "node:buffer";
import { plainNumber, writtenOut } from "../workbook/numbers.ts";
import type { Kind } from "./types.ts";

/** The text of a value; null where there is none. Timestamps come as `Moment`, decimals as whole numbers or bytes. */
export function valueText(value: unknown, kind: Kind, decimal: string): string | null {
  if (value === null || value === undefined) return null;
  if (typeof kind === "object") {
    return "scale" in kind ? decimalText(value, kind.scale).replace(".", decimal) : timeText(value, kind.parts);
  }
  if (kind === "date") return value instanceof Moment ? value.date() : String(value);
  if (kind === "datetime") return value instanceof Moment ? `${value.dateTime()}Z` : String(value);
  if (kind === "local-datetime") return value instanceof Moment ? value.dateTime() : String(value);
  if (kind === "json") return JSON.stringify(value, jsonValue);
  if (kind === "number") return numberText(value).replace(".", decimal);
  if (kind === "float32") return shortFloat(value).replace(".", decimal);
  if (value instanceof Uint8Array) return bytesText(value);
  return String(value).replaceAll("\0", "");
}

/** A point in time to the nanosecond; Date keeps milliseconds only. */
export class Moment {
  readonly #nanos: bigint;

  constructor(nanos: bigint) {
    this.#nanos = nanos;
  }

  date(): string {
    return this.dateTime().slice(0, -"T00:00:00".length);
  }

  dateTime(): string {
    const second = 1_000_000_000n;
    const rest = ((this.#nanos % second) + second) % second;
    const date = new Date(Number((this.#nanos - rest) / 1_000_000n));
    const text = Number.isNaN(date.getTime()) ? "invalid" : date.toISOString().slice(0, -5);
    const fraction = rest.toString().padStart(9, "0").replace(/0+$/, "");
    return fraction === "" ? text : `${text}.${fraction}`;
  }

  toJSON(): string {
    return `${this.dateTime()}Z`;
  }
}

/** Whole numbers exactly, floating point by its shortest text. */
function numberText(value: unknown): string {
  const text = String(value);
  return text.includes("e") ? writtenOut(text) : text;
}

/** The shortest text that is this number of single precision. */
function shortFloat(value: unknown): string {
  if (typeof value !== "number" || !Number.isFinite(value)) return String(value);
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return plainNumber(short);
  }
  return plainNumber(Number(value.toPrecision(9)));
}

function timeText(value: unknown, parts: bigint): string {
  if (typeof value !== "number" && typeof value !== "bigint") return String(value);
  const nanos = (BigInt(value) * 1_000_000_000n) / parts;
  return new Moment(nanos).dateTime().slice("1970-01-01T".length);
}

function decimalText(value: unknown, scale: number): string {
  let whole: bigint;
  if (value instanceof Uint8Array) {
    whole = BigInt.asIntN(8 * value.length, BigInt(`0x${Buffer.from(value).toString("hex") || "0"}`));
  } else if (typeof value === "number" || typeof value === "bigint") whole = BigInt(value);
  else return String(value);
  const digits = (whole < 0n ? -whole : whole).toString().padStart(scale + 1, "0");
  const point = digits.length - scale;
  return `${whole < 0n ? "-" : ""}${digits.slice(0, point)}${scale > 0 ? `.${digits.slice(point)}` : ""}`;
}

/** Bytes that are text are text; others are shown as PostgreSQL shows them. */
function bytesText(bytes: Uint8Array): string {
  return isUtf8(bytes)
    ? Buffer.from(bytes).toString().replaceAll("\0", "")
    : `\\x${Buffer.from(bytes).toString("hex")}`;
}

function jsonValue(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  if (value instanceof Uint8Array) return bytesText(value);
  return value;
}
