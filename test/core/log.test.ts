import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ConfigError } from "../../core/errors.ts";
import { createLogger, type LogOptions } from "../../core/log-winston.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "log-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const file = (): string => join(dir, "run", "migrate.log");
const open = (options: Partial<LogOptions> = {}): ReturnType<typeof createLogger> =>
  createLogger({
    file: file(),
    level: "debug",
    secrets: ["top-secret", "p@ss word"],
    now: () => new Date("2026-11-21T23:30:00Z"),
    ...options,
  });
const lines = (): unknown[] =>
  readFileSync(file(), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));

it("writes JSON lines with time, level, message and data, and everything is there after close", async () => {
  const log = open();
  log.debug("one");
  log.info("two", { rows: 2, big: 9007199254740993n, at: new Date(0), nested: { list: [1, "x", null] } });
  log.warn("three");
  log.error("four", { message: "kept", level: "too" });
  await log.close();
  await log.close();
  const time = "2026-11-21T23:30:00.000Z";
  expect(lines()).toEqual([
    { time, level: "debug", message: "one" },
    {
      time,
      level: "info",
      message: "two",
      rows: 2,
      big: "9007199254740993",
      at: "1970-01-01T00:00:00.000Z",
      nested: { list: [1, "x", null] },
    },
    { time, level: "warn", message: "three" },
    { time, level: "error", message: "four", data: { message: "kept", level: "too" } },
  ]);
  expect(readFileSync(file(), "utf8").split("\n")[0]).toBe(`{"time":"${time}","level":"debug","message":"one"}`);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
});

it("leaves out what is below its level, and appends to what is there", async () => {
  const first = open({ level: "warn" });
  first.info("no");
  first.warn("yes");
  await first.close();
  const second = open({ level: "info" });
  second.debug("no");
  second.info("also");
  await second.close();
  expect(lines()).toMatchObject([{ message: "yes" }, { message: "also" }]);
});

it("blanks secrets anywhere: message, data, keys, errors and their causes, encoded, in URLs", async () => {
  const log = open();
  const cause = new Error("postgres://u:other-secret@h/db refused top-secret");
  log.error("it says top-secret", {
    url: "https://h/?q=p%40ss%20word&r=p%40ss+word",
    deep: { list: ["x top-secret y"], "top-secret": 1 },
    map: new Map([["k", "top-secret"]]),
    error: new ConfigError("CODE", "with top-secret", { hint: "not top-secret", place: { file: "a" }, cause }),
  });
  await log.close();
  const text = readFileSync(file(), "utf8");
  for (const secret of ["top-secret", "other-secret", "p@ss", "p%40ss"]) expect(text).not.toContain(secret);
  expect(lines()).toMatchObject([
    {
      message: "it says ***",
      url: "https://h/?q=***&r=***",
      deep: { list: ["x *** y"], "***": 1 },
      map: { k: "***" },
      error: {
        name: "ConfigError",
        code: "CODE",
        message: "with ***",
        hint: "not ***",
        place: { file: "a" },
        cause: { message: "postgres://u:***@h/db refused ***" },
      },
    },
  ]);
});

it("does not choke on circles and buffers", async () => {
  const log = open();
  const circle: Record<string, unknown> = { bytes: Buffer.from("abc") };
  circle.self = circle;
  log.info("x", { circle });
  await log.close();
  expect(lines()).toMatchObject([{ circle: { bytes: "<3 bytes>", self: "<circular>" } }]);
});

it("hands readable lines to the console writer, redacted, from its own level up", async () => {
  const written: string[] = [];
  const log = open({ file: null, console: { level: "info", write: (line) => void written.push(line) } });
  log.debug("no");
  log.info("hello top-secret", { rows: 1 });
  log.error("bad");
  await log.close();
  expect(written).toEqual(["hello ***", "bad"]);
});

it("writes all of many lines", async () => {
  const log = open();
  for (let i = 0; i < 20_000; i++) log.info("line", { i });
  await log.close();
  expect(lines()).toHaveLength(20_000);
});
