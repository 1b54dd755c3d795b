/** Staged cutovers of files: gates, order, signatures, freezes. */
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { expect, it, onTestFinished } from "vitest";
import { openPromise } from "yauzl";
import { ZipFile } from "yazl";
import { createRegistry } from "../../../connectors/registry.ts";
import { hashText } from "../../../core/cutover/evidence.ts";
import {
  chooseStage,
  readBoard,
  runStageOfCutover,
  signOff,
  verifyBundle,
  writeEvidence,
} from "../../../core/cutover/index.ts";
import { openSession, openTarget, rollbackRun, runMigration } from "../../../core/engine/index.ts";
import type { Session } from "../../../core/engine/session.ts";
import type { RunReport } from "../../../core/engine/types.ts";
import { testContext } from "../../helpers/context.ts";
import { createTestDatabase } from "../../helpers/database.ts";

const STAGES = `
    - { name: people, objects: [user] }
    - { name: history }
    - { name: catch-up, delta: true, repeat: true }
    - { name: final, delta: true, freeze: true }`;

interface Moving {
  readonly dir: string;
  write(file: string, text: string): void;
  session(): Promise<Session>;
  /** The next stage, or the last repeatable one again. */
  next(options?: { again?: boolean; during?: () => void }): ReturnType<typeof runStageOfCutover>;
  board(): ReturnType<typeof readBoard>;
  undo(run: string): Promise<RunReport>;
  sign(signer?: string, stage?: string | null): ReturnType<typeof signOff>;
}

async function moving(more = "", stages = STAGES): Promise<Moving> {
  const database = await createTestDatabase();
  const dir = mkdtempSync(join(tmpdir(), "cutover-"));
  onTestFinished(async () => {
    await database.drop();
    rmSync(dir, { recursive: true, force: true });
  });
  const write = (file: string, text: string) => writeFileSync(join(dir, file), text);
  write("users.csv", "id,name,mail\nu1,Ada,ada@acme.test\nu2,Ben,ben@acme.test\n");
  write("accounts.csv", "id,name,owner\na1,Acme,u1\na2,Bolt,u2\na3,Corp,u1\n");
  write(
    "migration.yaml",
    `version: 1
name: acme
source: { connector: csv, files: . }
target: { url: "${database.url}" }
mappings: ["user.yaml", "account.yaml"]
reconcile: { spotChecks: 2 }
cutover:
  stages:${stages}
${more}`,
  );
  write("user.yaml", "object: user\nsource: users.csv\nkey: id\nfields: { name: name, email: mail }\n");
  write(
    "account.yaml",
    "object: account\nsource: accounts.csv\nkey: id\nfields: { name: name, owner_id: { from: owner, lookup: user } }\n",
  );
  let clock = Date.parse("2026-11-20T10:00:00Z");
  // every look at the clock is a second later
  const context = testContext({
    now: () => {
      clock += 1000;
      return new Date(clock);
    },
  });
  const session = async () => {
    const opened = await openSession(join(dir, "migration.yaml"), { registry: createRegistry(dir), context });
    onTestFinished(() => opened.close());
    return opened;
  };
  const board = async () => {
    const { config, database: target, runsDir } = await session();
    return readBoard(config, target.query, runsDir, context.now());
  };
  return {
    dir,
    write,
    session,
    board,
    undo: async (run) => {
      const registry = createRegistry(dir);
      const target = await openTarget(join(dir, "migration.yaml"), { registry, context });
      onTestFinished(() => target.close());
      return rollbackRun({ target, registry, context }, run, {}, () => undefined);
    },
    next: async ({ again = false, during } = {}) => {
      const stage = chooseStage(await board(), again);
      const opened = await session();
      return runStageOfCutover(opened, {
        stage,
        freezeAt: null,
        onEvent: (event) => {
          if (event.type === "stage-end") during?.();
        },
      });
    },
    sign: async (signer = "Ada Lovelace, head of sales", stage = null) => {
      const { config, database: target, runsDir } = await session();
      return signOff(config, target.query, runsDir, { stage, signer, remark: null, now: context.now() });
    },
  };
}

const states = (board: Awaited<ReturnType<typeof readBoard>>) =>
  board.stages.map(({ name, state, current }) => `${name} ${state}${current ? " <" : ""}`);

it("leads through the stages in order; each is passed by its gates, signed, and stands in the board", async () => {
  const at = await moving();
  expect(states(await at.board())).toEqual(["people open <", "history open", "catch-up open", "final open"]);

  const people = await at.next();
  expect(people).toMatchObject({ stage: "people", status: "passed" });
  expect(people.gates.map(({ gate, ok }) => [gate, ok])).toEqual([
    ["before", true],
    ["check", true],
    ["run", true],
    ["rejects", true],
    ["reconcile", true],
    ["conflicts", true],
  ]);
  expect(people.report?.objects.map(({ object, inserted }) => [object, inserted])).toEqual([["user", 2]]);
  expect(people.report?.label).toMatch(/^cutover people/);

  await at.next();
  at.write("accounts.csv", "id,name,owner\na1,Acme Ltd,u1\na2,Bolt,u2\na3,Corp,u1\na4,Dune,u2\n");
  const caught = await at.next();
  expect(caught.report).toMatchObject({ kind: "delta", totals: { inserted: 1, updated: 1 } });
  const again = await at.next({ again: true });
  expect(again).toMatchObject({ stage: "catch-up", status: "passed", report: { totals: { inserted: 0, updated: 0 } } });

  const final = await at.next();
  expect(final.gates.at(-1)).toMatchObject({ gate: "freeze", ok: true });
  expect(states(final.board)).toEqual(["people passed", "history passed", "catch-up passed", "final passed"]);
  expect(final.board).toMatchObject({ next: null, done: false });
  // what a stage takes is known from runs of its kind
  expect(final.board.stages[2]).toMatchObject({ expectedSeconds: expect.any(Number) });
  expect(final.board.stages[2]!.attempts).toHaveLength(2);

  for (const stage of ["people", "history", "catch-up", "final"]) {
    const { signOff: signed, board } = await at.sign();
    expect(signed.stage).toBe(stage);
    expect(board.done).toBe(stage === "final");
  }
  await expect(at.sign()).rejects.toMatchObject({ code: "CUTOVER_NOTHING_TO_SIGN" });
  const kept = JSON.parse(readFileSync(join(at.dir, "runs", "cutover.json"), "utf8"));
  expect(kept).toMatchObject({ migration: "acme", done: true });
});

it("a stage whose rejects are above the limit is not passed, cannot be signed, and is done again once it is mended", async () => {
  const at = await moving("limits: { rejects: 0 }");
  await at.next();
  at.write("accounts.csv", "id,name,owner\na1,Acme,u1\na2,Bolt,nobody\n");
  const failed = await at.next();
  expect(failed).toMatchObject({ stage: "history", status: "failed" });
  expect(failed.gates.filter(({ ok }) => !ok)).toEqual([
    { gate: "rejects", ok: false, found: "1 record rejected, 25 %; at most 0 % may be" },
  ]);
  await expect(at.sign("Ada", "history")).rejects.toMatchObject({
    code: "CUTOVER_NOT_PASSED",
    message: expect.stringContaining("1 record rejected"),
  });
  at.write("accounts.csv", "id,name,owner\na1,Acme,u1\na2,Bolt,u2\n");
  expect(await at.next()).toMatchObject({ stage: "history", status: "passed" });
});

it("errors of the check begin nothing", async () => {
  const at = await moving();
  at.write(
    "user.yaml",
    "object: user\nsource: users.csv\nkey: id\nfields: { name: name, email: mail }\ncases:\n  - { name: wrong, input: { id: u9, name: Eve, mail: e@x.test }, expect: { name: Adam } }\n",
  );
  const result = await at.next();
  expect(result).toMatchObject({ stage: "people", status: "failed", run: null, report: null });
  expect(result.gates.at(-1)).toMatchObject({ gate: "check", ok: false, found: expect.stringContaining("wrong") });
});

it("a file that changes while the source is frozen stops the last stage, which then begins anew", async () => {
  const at = await moving("", "\n    - { name: all }\n    - { name: final, delta: true, freeze: true }");
  await at.next();
  let touched = false;
  const change = () => {
    if (!touched) at.write("accounts.csv", "id,name,owner\na1,Acme,u1\na2,Bolt & Sons,u2\na3,Corp,u1\n");
    touched = true;
  };
  const stopped = await at.next({ during: change }).catch((error: Error) => error);
  // a file that changes under the run may stop the proof first: it is never passed over
  expect(stopped).toBeInstanceOf(Error);
  expect((await at.board()).stages[1]).toMatchObject({ state: "failed", current: true });
  const final = await at.next();
  expect(final).toMatchObject({ status: "passed", report: { totals: { read: 5 } } });
});

it("a stage that was interrupted goes on with its run", async () => {
  const at = await moving("", "\n    - { name: all }");
  const stage = chooseStage(await at.board(), false);
  const session = await at.session();
  const stop = () => {
    throw new Error("pulled the plug");
  };
  await expect(
    runStageOfCutover(session, { stage, freezeAt: null, onEvent: ({ type }) => type === "stage-end" && stop() }),
  ).rejects.toThrow("pulled the plug");
  const board = await at.board();
  expect(states(board)).toEqual(["all failed <"]);
  const run = board.stages[0]!.attempts[0]!.run;
  expect(run).not.toBeNull();
  const done = await at.next();
  expect(done).toMatchObject({ status: "passed", run });
  expect(done.board.stages[0]!.attempts).toHaveLength(1);
});

it("runs beside the cutover do not disturb it; wrong wishes are errors that say what to do", async () => {
  const at = await moving();
  await expect(at.next({ again: true })).rejects.toMatchObject({ code: "CUTOVER_NOTHING_TO_REPEAT" });
  await expect(at.sign("  ")).rejects.toMatchObject({ code: "CUTOVER_NO_SIGNER" });
  await expect(at.sign("Ada", "finale")).rejects.toMatchObject({
    code: "CUTOVER_NO_STAGE",
    hint: "Stages: people, history, catch-up, final.",
  });
  await runMigration(await at.session(), {}, () => undefined);
  expect(await at.next()).toMatchObject({ stage: "people", status: "passed" });
  const session = await at.session();
  const [, , late] = (await at.board()).stages;
  await expect(
    runStageOfCutover(session, { stage: late!, freezeAt: null, onEvent: () => undefined }),
  ).rejects.toMatchObject({ code: "CUTOVER_NOT_YET", message: "stage catch-up: not passed yet: history" });
});

it("secrets of migration.yaml are blank in the bundle", async () => {
  const at = await moving();
  await at.next();
  const { config, database, runsDir } = await at.session();
  const password = new URL(config.target.url).password;
  expect(password.length).toBeGreaterThan(3);
  const bundle = await writeEvidence(config, database.query, runsDir, "evidence", new Date(0));
  expect(bundle.path).toBe(join(runsDir, "evidence", "acme-evidence-19700101T000000Z.zip"));
  const { inflateRawSync } = await import("node:zlib");
  const bytes = readFileSync(bundle.path);
  // whatever is stored or deflated in it
  let text = bytes.toString("latin1");
  for (let from = bytes.indexOf("PK\x03\x04"); from >= 0; from = bytes.indexOf("PK\x03\x04", from + 4)) {
    const start = from + 30 + bytes.readUInt16LE(from + 26) + bytes.readUInt16LE(from + 28);
    try {
      text += inflateRawSync(bytes.subarray(start), { finishFlush: 2 }).toString("utf8");
    } catch {
      // not deflated
    }
  }
  expect(text).toContain("connector: csv");
  expect(text).not.toContain(password);
});

/** Entries of a bundle, as texts. */
async function entriesOf(path: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const zip = await openPromise(path);
  for await (const entry of zip.eachEntry()) {
    const parts: Buffer[] = [];
    for await (const part of await zip.openReadStreamPromise(entry)) parts.push(part as Buffer);
    found.set(entry.fileName, Buffer.concat(parts).toString("utf8"));
  }
  return found;
}

/** The bundle again, manifest made to fit, with one file changed. */
async function forged(entries: ReadonlyMap<string, string>, name: string, text: string, path: string): Promise<string> {
  const files = new Map([...entries, [name, text]]);
  const manifest = JSON.parse(files.get("MANIFEST.json")!);
  files.set("MANIFEST.json", JSON.stringify({ ...manifest, files: { ...manifest.files, [name]: hashText(text) } }));
  const zip = new ZipFile();
  for (const [each, content] of files) zip.addBuffer(Buffer.from(content), each);
  zip.end();
  await finished(zip.outputStream.pipe(createWriteStream(path)));
  return path;
}

it("the bundle holds what was done between the stages: retries with their decisions, deltas made by hand, rollbacks", async () => {
  const at = await moving("", "\n    - { name: all }\n    - { name: final, delta: true, freeze: true }");
  // what came before the cutover is none of it
  const early = await runMigration(await at.session(), { only: ["user"] }, () => undefined);
  const all = await at.next();
  const { database } = await at.session();
  await database.query("update crm.account set name = 'Bolt (edited)' where external_id = 'a2'");
  const byHand = await runMigration(await at.session(), { delta: true }, () => undefined);
  at.write("accounts.csv", "id,name,owner\na1,Acme,u1\na2,Bolt Ltd,u2\na3,Corp,u1\na4,Dune,u2\n");
  const undone = await runMigration(await at.session(), { delta: true }, () => undefined);
  const undo = await at.undo(undone.run);
  const failed = await at.next();
  expect(failed).toMatchObject({ stage: "final", status: "failed" });
  expect(failed.gates.filter(({ ok }) => !ok).map(({ gate }) => gate)).toEqual(["conflicts"]);
  const file = join(at.dir, "conflicts.csv");
  const list = readFileSync(join(at.dir, "runs", failed.run!, "conflicts.csv"), "utf8").trimEnd();
  writeFileSync(file, `${list}source\r\n`);
  const retry = await runMigration(await at.session(), { retry: { run: failed.run!, from: file } }, () => undefined);
  rmSync(file);
  const final = await at.next();
  expect(final).toMatchObject({ stage: "final", status: "passed" });
  await at.sign("Ada", "all");
  const { bundle, signOff: signed } = await at.sign("Ada", "final");
  const entries = await entriesOf(bundle.path);
  const runs = JSON.parse(entries.get("runs.json")!) as { run: string; files: number }[];
  expect(runs).toMatchObject([
    { run: all.run, kind: "full", stage: "all", of: null },
    { run: byHand.run, kind: "delta", stage: null },
    { run: undone.run, kind: "delta", status: "rolled back", stage: null },
    { run: undo.run, kind: "rollback", stage: null, of: undone.run },
    { run: failed.run, kind: "delta", stage: "final" },
    { run: retry.run, kind: "retry", status: "completed", stage: null, of: failed.run },
    { run: final.run, kind: "delta", stage: "final" },
  ]);
  for (const { run, files } of runs) {
    expect([...entries.keys()].filter((name) => name.startsWith(`runs/${run}/`))).toHaveLength(files);
    expect(entries.has(`runs/${run}/run.json`)).toBe(true);
  }
  expect([...entries.keys()].some((name) => name.startsWith(`runs/${early.run}/`))).toBe(false);
  const decisions = `runs/${retry.run}/decisions.csv`;
  expect(entries.get(decisions)).toContain(",a2,2,name,Bolt Ltd,Bolt (edited),source,applied,");
  expect(signed.files[decisions]).toBe(hashText(entries.get(decisions)!));
  expect(await verifyBundle(bundle.path, bundle.digest)).toMatchObject({ ok: true, problems: [] });
  const other = entries.get(decisions)!.replace("source,applied", "target,kept");
  expect((await verifyBundle(await forged(entries, decisions, other, `${bundle.path}.forged`), null)).problems).toEqual(
    [
      `${decisions} is not what was signed (stage all, signed by Ada)`,
      `${decisions} is not what was signed (stage final, signed by Ada)`,
    ],
  );
  // what comes after the end is no part of it
  const late = await runMigration(await at.session(), { delta: true }, () => undefined);
  const { config, database: target, runsDir } = await at.session();
  const again = await writeEvidence(config, target.query, runsDir, "again", new Date());
  const names = [...(await entriesOf(again.path)).keys()];
  expect(names.some((name) => name.startsWith(`runs/${late.run}/`))).toBe(false);
  expect(names).toContain(decisions);
});
