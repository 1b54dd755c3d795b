import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { expect, onTestFinished, test } from "vitest";
import { createRegistry } from "../../../connectors/registry.ts";
import { exportIds } from "../../../core/engine/id-crosswalk.ts";
import { openSession } from "../../../core/engine/index.ts";
import { testContext } from "../../helpers/context.ts";
import { migration } from "./kit.ts";

const GIVEN = {
  files: {
    "accounts.csv": "Id,Name,Other\nA2,Two,\nA1,One,A0;A9\n",
    "contacts.csv": 'Id,Name,Mail\n"C,1",Ann,ann@x.example\nC2,Bob,bob@x.example\n',
  },
  mappings: {
    account: "object: account\nsource: accounts.csv\nkey: Id\naliases: Other\nfields: { name: Name }\n",
    contact:
      "object: contact\nsource: contacts.csv\nkey: Id\nmatch: [external_id, email]\nfields: { name: Name, email: Mail }\n",
  },
};

async function opened() {
  const subject = await migration(GIVEN);
  const session = await openSession(join(subject.folder, "migration.yaml"), {
    registry: createRegistry(subject.folder),
    context: testContext(),
  });
  onTestFinished(() => session.close());
  const folder = await mkdtemp(join(tmpdir(), "ids-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return { subject, session, folder };
}

test("every id that leads to a row is in the crosswalk, as CSV and as Parquet", async () => {
  const { subject, session, folder } = await opened();
  await expect(exportIds(session, { objects: null, format: "csv", out: join(folder, "x.csv") })).rejects.toMatchObject({
    code: "IDS_NONE",
  });
  await subject.run();
  // a row that was there before: the record is recognised by its e-mail
  await subject.sql("update crm.contact set external_source = 'other', external_id = '7' where external_id = 'C2'");
  await subject.sql("delete from migrate.ledger");
  await subject.run();
  const id = async (table: string, name: string): Promise<string> =>
    ((await subject.sql(`select id::text from crm.${table} where name = $1`, [name]))[0] as [string])[0];
  const source = session.config.source.name;
  const expected = [
    [source, "accounts.csv", "A0", "account", await id("account", "One"), "alias"],
    [source, "accounts.csv", "A1", "account", await id("account", "One"), "row"],
    [source, "accounts.csv", "A2", "account", await id("account", "Two"), "row"],
    [source, "accounts.csv", "A9", "account", await id("account", "One"), "alias"],
    [source, "contacts.csv", "C,1", "contact", await id("contact", "Ann"), "row"],
    [source, "contacts.csv", "C2", "contact", await id("contact", "Bob"), "match"],
  ];
  const counts = [
    { object: "account", ids: 4, aliases: 2 },
    { object: "contact", ids: 2, aliases: 0 },
  ];

  const csv = join(folder, "ids.csv");
  expect(await exportIds(session, { objects: null, format: "csv", out: csv })).toEqual(counts);
  expect((await stat(csv)).mode & 0o777).toBe(0o600);
  expect((await readFile(csv, "utf8")).split("\n")).toEqual([
    "external_source,source_object,source_id,target_object,target_id,kind",
    ...expected.map((row) => row.map((cell) => (cell.includes(",") ? `"${cell}"` : cell)).join(",")),
    "",
  ]);

  const parquet = join(folder, "ids.parquet");
  expect(await exportIds(session, { objects: null, format: "parquet", out: parquet })).toEqual(counts);
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(parquet) });
  expect(rows.map((row) => Object.values(row))).toEqual(expected);

  // one object, to a stream; nothing half-written is left
  let text = "";
  const out = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  await exportIds(session, { objects: ["contact"], format: "csv", out });
  expect(text.split("\n")).toHaveLength(4);
  // listeners on the output do not grow with the objects
  const listening = out.listenerCount("close");
  await exportIds(session, { objects: null, format: "csv", out });
  expect(out.listenerCount("close")).toBeLessThanOrEqual(2 * listening);
  expect(await readdir(folder)).toEqual(["ids.csv", "ids.parquet"]);
});

test("unknown objects and files that cannot be written are told", async () => {
  const { subject, session, folder } = await opened();
  await subject.run();
  await expect(
    exportIds(session, { objects: ["acount"], format: "csv", out: join(folder, "x") }),
  ).rejects.toMatchObject({
    code: "OBJECT_UNKNOWN",
    problems: [{ hint: "Did you mean account?" }],
  });
  for (const format of ["csv", "parquet"] as const) {
    await expect(
      exportIds(session, { objects: null, format, out: join(folder, "missing", `ids.${format}`) }),
    ).rejects.toMatchObject({ code: "IDS_FILE", exitCode: 2 });
  }
});
