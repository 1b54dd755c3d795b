/** Changes a YAML text and keeps everything else of it, comments included. */
import { type Document, isMap, isNode, isScalar, type Pair, parseDocument } from "yaml";

export type YamlPath = readonly (string | number)[];

export class YamlEditor {
  readonly #document: Document;

  /** The text must be valid YAML: it is one that the program ships or has read before. */
  constructor(text: string) {
    this.#document = parseDocument(text);
  }

  /** The value at a path as plain data; undefined where there is none. */
  get(path: YamlPath): unknown {
    const node = this.#document.getIn(path, true);
    return isNode(node) ? node.toJS(this.#document) : node;
  }

  /** The keys of the map at a path, in order. */
  keys(path: YamlPath): string[] {
    const node = path.length === 0 ? this.#document.contents : this.#document.getIn(path, true);
    return isMap(node) ? node.items.map(({ key }) => String(isScalar(key) ? key.value : key)) : [];
  }

  /** Sets a value; lists and maps are written in one line. `comment` goes to the end of the line. */
  set(path: YamlPath, value: unknown, comment?: string): void {
    const node = this.#document.createNode(value, { flow: true });
    if (comment !== undefined) node.comment = ` ${comment}`;
    this.#document.setIn(path, node);
  }

  /** Writes the maps on the way to a path, and the one at it, with a line per key. */
  unfold(path: YamlPath): void {
    for (let end = 1; end <= path.length; end++) {
      const node = this.#document.getIn(path.slice(0, end), true);
      if (isMap(node)) node.flow = false;
    }
  }

  delete(path: YamlPath): void {
    this.#document.deleteIn(path);
  }

  /** Puts comment lines above a key, after those that are there. */
  commentAbove(path: YamlPath, lines: readonly string[]): void {
    const parent = path.length === 1 ? this.#document.contents : this.#document.getIn(path.slice(0, -1), true);
    if (!isMap(parent)) return;
    const pair = (parent.items as Pair[]).find(({ key }) => isScalar(key) && key.value === path.at(-1));
    if (pair === undefined || !isScalar(pair.key)) return;
    const text = lines.map((line) => ` ${line}`).join("\n");
    const before = pair.key.commentBefore;
    pair.key.commentBefore = before === undefined || before === null ? text : `${before}\n${text}`;
  }

  toString(): string {
    return this.#document.toString({ lineWidth: 0, flowCollectionPadding: true });
  }
}
