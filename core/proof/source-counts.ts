/** How many records the source holds: the cheap figure where it agrees with what was accounted for, else an exact one. */
import type { SourceConnector } from "../connector.ts";

export class SourceCounts {
  readonly #source: Pick<SourceConnector, "count">;
  readonly #now: () => Date;
  readonly #counts = new Map<string, { count: number; exact: boolean; at: Date }>();

  constructor(source: Pick<SourceConnector, "count">, now: () => Date) {
    this.#source = source;
    this.#now = now;
  }

  /** Counts an object for the first time, as cheaply as the source can. */
  async cheap(object: string): Promise<void> {
    await this.#ask(object, false);
  }

  /** Takes the `count` records that reading all of an object gave. */
  wasRead(object: string, count: number): void {
    this.#counts.set(object, { count, exact: true, at: this.#now() });
  }

  /** Records of objects that were counted. */
  of(objects: readonly string[]): number {
    return objects.reduce((sum, object) => sum + (this.#counts.get(object)?.count ?? 0), 0);
  }

  /** When the last of the objects was counted. */
  countedAt(objects: readonly string[]): string {
    const times = objects.map((object) => this.#counts.get(object)!.at.getTime());
    return new Date(Math.max(...times)).toISOString();
  }

  /** The figure that is judged: where the cheap one is not `expected`, the objects are counted again, exactly, and once. */
  async expecting(objects: readonly string[], expected: number): Promise<number> {
    if (this.of(objects) !== expected) {
      for (const object of objects) if (!this.#counts.get(object)!.exact) await this.#ask(object, true);
    }
    return this.of(objects);
  }

  async #ask(object: string, exact: boolean): Promise<void> {
    const count = await this.#source.count(object, { exact });
    this.#counts.set(object, { count, exact, at: this.#now() });
  }
}
