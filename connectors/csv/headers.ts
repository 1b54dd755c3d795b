/** Column names from a header line. */

export interface Headers {
  readonly columns: readonly string[];
  /** What was changed, for the note; empty when nothing was. */
  readonly notes: readonly string[];
}

/**
 * Names are trimmed. An empty one becomes `column 3`, a second `Name` becomes `Name (2)`; the results are unique.
 * Case counts: `Id` and `ID` are two names.
 */
export function columnNames(cells: readonly string[]): Headers {
  const wanted = cells.map((cell) => cell.replaceAll(/\s+/g, " ").trim());
  const taken = new Set<string>();
  const given = new Set(wanted);
  let renamed = 0;
  let empty = 0;
  const free = (name: string): string => {
    for (let number = 2; ; number++) {
      const candidate = `${name} (${number})`;
      if (!taken.has(candidate) && !given.has(candidate)) return candidate;
    }
  };
  const columns = wanted.map((text, index) => {
    let name = text;
    if (name === "") {
      empty++;
      name = `column ${index + 1}`;
      if (taken.has(name) || given.has(name)) name = free(name);
    } else if (taken.has(name)) {
      renamed++;
      name = free(name);
    }
    taken.add(name);
    return name;
  });
  const notes: string[] = [];
  if (renamed > 0) notes.push(`${renamed} duplicate ${renamed === 1 ? "header" : "headers"} renamed`);
  if (empty > 0) notes.push(`${empty} empty ${empty === 1 ? "header" : "headers"} named by position`);
  return { columns, notes };
}
