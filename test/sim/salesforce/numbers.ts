/** Numbers as Salesforce prints them, and exact sums of them. */

/** A double the way the API prints it: `15000.0`, and exponent form from ten million on: `1.39E8`. */
export function doubleText(value: number): string {
  if (value === 0) return "0.0";
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e7) return Number.isInteger(value) ? `${value}.0` : String(value);
  const [mantissa, exponent] = value.toExponential().split("e") as [string, string];
  return `${mantissa.includes(".") ? mantissa : `${mantissa}.0`}E${Number(exponent)}`;
}

/** A decimal as a whole number of its last place, exact up to 15 significant digits. */
function units(value: number, scale: number): bigint {
  const [whole, fraction = ""] = value.toFixed(scale).split(".") as [string, string?];
  return BigInt(whole + fraction);
}

/** Adds decimals exactly. */
export class DecimalSum {
  readonly #scale: number;
  #small = 0;
  #large = 0n;

  constructor(scale: number) {
    this.#scale = scale;
  }

  add(value: number): void {
    const scaled = Math.round(value * 10 ** this.#scale);
    if (Math.abs(scaled) < 2 ** 50) this.#small += scaled;
    else this.#large += units(value, this.#scale);
    if (Math.abs(this.#small) > 2 ** 51) {
      this.#large += BigInt(this.#small);
      this.#small = 0;
    }
  }

  /** Plain decimal text with `scale` places. */
  text(): string {
    const total = this.#large + BigInt(this.#small);
    const digits = (total < 0n ? -total : total).toString().padStart(this.#scale + 1, "0");
    const at = digits.length - this.#scale;
    return `${total < 0n ? "-" : ""}${digits.slice(0, at)}${this.#scale > 0 ? `.${digits.slice(at)}` : ""}`;
  }
}
