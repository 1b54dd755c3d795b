/** A statement: text with `$n` and exactly the values that it refers to. */
export interface Statement {
  readonly text: string;
  readonly values: unknown[];
}

const MARK = "\u0001";

/** Collects values while a statement's text is put together. */
export class Sql {
  readonly #values: unknown[] = [];

  /** Adds a value and returns its placeholder, with a cast when a type is given. May be used once, often or never. */
  param(value: unknown, type?: string): string {
    this.#values.push(value);
    const mark = `${MARK}${this.#values.length - 1}${MARK}`;
    return type === undefined ? mark : `${mark}::${type}`;
  }

  /** Numbers the placeholders that `text` really uses. */
  finish(text: string): Statement {
    const numbers = new Map<number, number>();
    const values: unknown[] = [];
    const parts = text.split(MARK);
    for (let i = 1; i < parts.length; i += 2) {
      const index = Number(parts[i]);
      let number = numbers.get(index);
      if (number === undefined) {
        values.push(this.#values[index]);
        number = values.length;
        numbers.set(index, number);
      }
      parts[i] = `$${number}`;
    }
    return { text: parts.join(""), values };
  }
}

/** Builds one statement. */
export function statement(build: (sql: Sql) => string): Statement {
  const sql = new Sql();
  return sql.finish(build(sql));
}
