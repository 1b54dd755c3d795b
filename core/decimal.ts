/** Exact decimal arithmetic on bigint: money is never a floating-point number here. */

/** `units / 10^scale`. `12.50` is `{ units: 1250n, scale: 2 }`; the scale is kept as it was written. */
export interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

const PLAIN = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/;
const POWERS: bigint[] = [1n];

/** 10^exponent, exponent >= 0. */
function power(exponent: number): bigint {
  for (let next = POWERS.length; next <= Math.min(exponent, 200); next++) POWERS.push(POWERS[next - 1]! * 10n);
  return POWERS[exponent] ?? 10n ** BigInt(exponent);
}

/** Reads plain or scientific notation (`-1.50`, `.5`, `1e3`); null for anything else, `NaN` and `Infinity` included. */
export function parseDecimal(text: string): Decimal | null {
  const match = PLAIN.exec(text.trim());
  if (match === null) return null;
  const [, sign, whole = "", fraction = "", exponent = "0"] = match;
  if (whole === "" && fraction === "") return null;
  const magnitude = BigInt(whole + fraction);
  const units = sign === "-" ? -magnitude : magnitude;
  const scale = fraction.length - Number(exponent);
  return scale >= 0 ? { units, scale } : { units: units * power(-scale), scale: 0 };
}

/** Plain notation with exactly `scale` digits after the point; zero has no sign. */
export function decimalText({ units, scale }: Decimal): string {
  const negative = units < 0n;
  const digits = (negative ? -units : units).toString().padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale);
  return (negative ? "-" : "") + (scale === 0 ? whole : `${whole}.${digits.slice(-scale)}`);
}

/** -1, 0 or 1 by value: `1.50` equals `1.5`. */
export function compareDecimals(left: Decimal, right: Decimal): -1 | 0 | 1 {
  const scale = Math.max(left.scale, right.scale);
  const difference = left.units * power(scale - left.scale) - right.units * power(scale - right.scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** left - right, exact, at the wider scale. */
export function subtract(left: Decimal, right: Decimal): Decimal {
  return new DecimalSum().add(left).add({ units: -right.units, scale: right.scale }).value;
}

/** A running sum. Its scale is the widest scale added so far. */
export class DecimalSum {
  #units = 0n;
  #scale = 0;

  add({ units, scale }: Decimal): this {
    if (scale > this.#scale) {
      this.#units *= power(scale - this.#scale);
      this.#scale = scale;
    }
    this.#units += scale === this.#scale ? units : units * power(this.#scale - scale);
    return this;
  }

  /** Adds decimal text; RangeError when it is not one (NaN would poison a sum in silence). */
  addText(text: string): this {
    const value = parseDecimal(text);
    if (value === null) throw new RangeError(`expected a decimal number, got ${JSON.stringify(text)}`);
    return this.add(value);
  }

  get value(): Decimal {
    return { units: this.#units, scale: this.#scale };
  }

  toString(): string {
    return decimalText(this.value);
  }
}

/** Sum of decimal texts, exact, at the widest scale among them; "0" of none. */
export function sumDecimals(texts: Iterable<string>): string {
  const sum = new DecimalSum();
  for (const text of texts) sum.addText(text);
  return sum.toString();
}
