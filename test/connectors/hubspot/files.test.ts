import { describe, expect, it } from "vitest";
import { ENGAGEMENTS, FILE_COLUMNS, RELATED } from "../../../connectors/hubspot/objects.ts";
import type { Portal } from "../../sim/hubspot/index.ts";
import { collect, readAll } from "../read-all.ts";
import { lab, recordsOf, typeOf } from "./kit.ts";

const text = (value: unknown) => (value === null || value === undefined || value === "" ? null : String(value));

/** One row per attached file and engagement, in the order of FILE_COLUMNS. */
function fileTruth(portal: Portal): (string | null)[][] {
  const rows: (string | null)[][] = [];
  for (const type of ENGAGEMENTS) {
    for (const { id, properties } of recordsOf(portal, type)) {
      const ids = new Set((properties.hs_attachment_ids ?? "").split(";").filter((file) => file !== ""));
      if (ids.size === 0) continue;
      let related: readonly [string | null, string | null] = [null, null];
      for (const to of RELATED) {
        const all = portal.associations(typeOf(portal, type), id, typeOf(portal, to)) ?? [];
        if (all.length === 0) continue;
        related = [all[0]!.toId, to];
        break;
      }
      for (const file of ids) {
        const found = portal.file(file) ?? {};
        const about = ["name", "extension", "type", "size", "url", "access", "path", "createdAt", "updatedAt"];
        rows.push([`${file}:${type}:${id}`, file, type, id, ...about.map((name) => text(found[name])), ...related]);
      }
    }
  }
  return rows;
}

describe("files of engagements", () => {
  it("are a row each, with what is known of them and what they belong to", async () => {
    const { portal, source, lines } = await lab({ records: 2500 });
    const connector = source();
    const { rows } = await readAll(connector, "files", { fields: FILE_COLUMNS });
    const expected = fileTruth(portal);
    expect(rows).toEqual(expected);
    expect(new Set(rows.map(([id]) => id)).size).toBe(rows.length);
    expect(new Set(rows.map((row) => row[2])).size).toBeGreaterThanOrEqual(4);
    expect(rows.filter((row) => row.at(-2) !== null).length).toBeGreaterThan(10);
    expect(await connector.count("files")).toBe(rows.length);
    // those that are gone have a row, too, and are told
    const gone = new Set(rows.filter((row) => row[4] === null).map((row) => row[1]!));
    expect(gone.size).toBeGreaterThan(0);
    const [first] = gone;
    expect(lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      expect.stringMatching(new RegExp(`^warn files: ${gone.size} attached files are not there any more \\(${first}`)),
    ]);
  });

  it("that the token may not see have a row, and are told", async () => {
    const { portal, sim, source, lines } = await lab({ records: 600 });
    const connector = source();
    const scopes = portal.types.map(({ scope }) => scope);
    sim.grant([...new Set(scopes)]);
    const { rows } = await readAll(connector, "files", { fields: FILE_COLUMNS });
    const blank = Array.from({ length: 9 }, () => null);
    expect(rows).toEqual(fileTruth(portal).map((row) => [...row.slice(0, 4), ...blank, ...row.slice(-2)]));
    expect(lines.at(-1)?.message).toMatch(/^files: \d+ attached files may not be seen \(.+the scope files/);
  });

  it("are not asked for when nothing of them is wanted", async () => {
    const { portal, sim, source } = await lab({ records: 1000 });
    const fields = ["id", "engagement_id"];
    const { rows } = await readAll(source(), "files", { fields });
    expect(rows.map(([id]) => id)).toEqual(fileTruth(portal).map(([id]) => id));
    expect(Object.keys(sim.stats.byRoute).sort()).toEqual(expect.not.arrayContaining(["files", "associations"]));
  });

  it("are asked for once, however many engagements have them", async () => {
    const { sim, source } = await lab({ records: 2500 });
    const { rows } = await readAll(source(), "files", { fields: ["name"] });
    const distinct = new Set(rows.map((row) => row[1])).size;
    expect(distinct).toBeLessThan(rows.length);
    expect(sim.stats.byRoute.file).toBe(distinct);
  });

  it("are found by key", async () => {
    const { portal, source } = await lab({ records: 1000 });
    const expected = fileTruth(portal).filter((_, index) => index % 5 === 0);
    const keys = [...expected.map(([id]) => [id!]), ["1:calls:2"], ["x"], ["1:boats:2"]];
    const found = await collect(source().fetch({ object: "files", fields: FILE_COLUMNS, key: ["id"], keys }));
    expect(found.rows.map(String).sort()).toEqual(expected.map(String).sort());
  });
});
