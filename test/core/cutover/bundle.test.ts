/** Evidence bundles: whole ones pass, and whatever was done to one is found. */
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ZipFile } from "yazl";
import { MANIFEST, SIGN_OFFS } from "../../../core/cutover/bundle.ts";
import { hashText } from "../../../core/cutover/evidence.ts";
import { verifyBundle } from "../../../core/cutover/index.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "bundle-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

type Files = Record<string, string>;

const RUN = "runs/20261120T100000Z-delta";
const FILES: Files = {
  "config/migration.yaml": "name: acme\n",
  [`${RUN}/run.json`]: '{"run":"r"}\n',
  [`${RUN}/reconciliation.json`]: '{"ok":true,"objects":[1,2,3]}\n',
  "cutover.json": "{}\n",
};
const SIGNED = [
  {
    stage: "final",
    run: "20261120T100000Z-delta",
    signer: "Ada, head of sales",
    remark: null,
    signedAt: "2026-11-20T10:00:00.000Z",
    files: { "reconciliation.json": hashText(FILES[`${RUN}/reconciliation.json`]!) },
  },
];

const manifestOf = (files: Files): string =>
  JSON.stringify({
    version: 1,
    migration: "acme",
    createdAt: "2026-11-20T10:00:00.000Z",
    files: Object.fromEntries(Object.entries(files).map(([name, text]) => [name, hashText(text)])),
  });

const whole = (): Files => {
  const files = { ...FILES, [SIGN_OFFS]: JSON.stringify(SIGNED) };
  return { ...files, [MANIFEST]: manifestOf(files) };
};

let made = 0;
async function zip(files: Files, twice: readonly [string, string][] = []): Promise<string> {
  const out = new ZipFile();
  for (const [name, text] of [...Object.entries(files), ...twice]) out.addBuffer(Buffer.from(text), name);
  out.end();
  const path = join(dir, `${++made}.zip`);
  await finished(out.outputStream.pipe(createWriteStream(path)));
  return path;
}

it("a whole bundle passes, with and without its digest", async () => {
  const path = await zip(whole());
  const verified = await verifyBundle(path, null);
  expect(verified).toMatchObject({ ok: true, problems: [], migration: "acme", files: 6, signOffs: SIGNED });
  expect(verified.digest).toBe(hashText(whole()[MANIFEST]!));
  expect(await verifyBundle(path, `sha256:${verified.digest!.slice(0, 16).toUpperCase()}`)).toMatchObject({ ok: true });
});

describe("tampering is found", () => {
  it.each<[string, (files: Files) => Files, string]>([
    ["a file was changed", (files) => ({ ...files, "cutover.json": "{ }\n" }), "cutover.json was changed"],
    ["a file was taken away", ({ "cutover.json": _, ...files }) => files, "cutover.json is missing"],
    ["a file was added", (files) => ({ ...files, "runs/x/run.json": "{}" }), "runs/x/run.json was added"],
    ["the manifest is gone", ({ [MANIFEST]: _, ...files }) => files, "MANIFEST.json is missing"],
    ["the manifest is no JSON", (files) => ({ ...files, [MANIFEST]: "{" }), "MANIFEST.json is no JSON"],
    ["the sign-offs are gone", ({ [SIGN_OFFS]: _, ...files }) => files, "sign-offs.json is missing"],
  ])("%s", async (_what, damage, problem) => {
    const verified = await verifyBundle(await zip(damage(whole())), null);
    expect(verified.ok).toBe(false);
    expect(verified.problems.join("\n")).toContain(problem);
  });

  it("a proof that is not the one that was signed, though the manifest was made to fit", async () => {
    const files: Files = {
      ...FILES,
      [`${RUN}/reconciliation.json`]: '{"ok":true,"objects":[1,2,4]}\n',
      [SIGN_OFFS]: JSON.stringify(SIGNED),
    };
    const path = await zip({ ...files, [MANIFEST]: manifestOf(files) });
    expect((await verifyBundle(path, null)).problems).toEqual([
      `${RUN}/reconciliation.json is not what was signed (stage final, signed by Ada, head of sales)`,
    ]);
  });

  it("a bundle that was made anew as a whole, by its digest", async () => {
    const files: Files = { ...FILES, "cutover.json": "{ }\n", [SIGN_OFFS]: JSON.stringify(SIGNED) };
    const path = await zip({ ...files, [MANIFEST]: manifestOf(files) });
    expect(await verifyBundle(path, null)).toMatchObject({ ok: true });
    const verified = await verifyBundle(path, hashText(whole()[MANIFEST]!));
    expect(verified.problems).toEqual([expect.stringContaining("the bundle was made anew")]);
    expect(await verifyBundle(path, "abc")).toMatchObject({ ok: false });
  });

  it("one file twice", async () => {
    const path = await zip(whole(), [["cutover.json", "{}\n"]]);
    expect((await verifyBundle(path, null)).problems).toContain("cutover.json is in the bundle twice");
  });

  it("any byte that was changed: it is no zip any more, or something in it is told", async () => {
    const bytes = await readFile(await zip(whole()));
    // bytes that mean nothing: the date of an entry, flags and attributes that nobody reads
    const intact = await verifyBundle(await zip(whole()), null);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
        const damaged = Buffer.from(bytes);
        damaged[at] = damaged[at]! ^ by;
        const path = join(dir, "damaged.zip");
        writeFileSync(path, damaged);
        const verified = await verifyBundle(path, null).catch((error: Error) => error);
        if (verified instanceof Error) expect(verified).toMatchObject({ code: "BUNDLE_UNREADABLE" });
        else if (verified.ok) expect(verified).toEqual(intact);
      }),
      { numRuns: 150 },
    );
  });
});

it("what is no zip is refused with what to do", async () => {
  const path = join(dir, "text.zip");
  writeFileSync(path, "not a zip");
  await expect(verifyBundle(path, null)).rejects.toMatchObject({ code: "BUNDLE_UNREADABLE", exitCode: 2 });
  const cut = join(dir, "cut.zip");
  writeFileSync(cut, (await readFile(await zip(whole()))).subarray(0, 400));
  await expect(verifyBundle(cut, null)).rejects.toMatchObject({
    code: "BUNDLE_UNREADABLE",
    hint: expect.stringContaining("damaged or cut short"),
  });
  await expect(verifyBundle(join(dir, "none.zip"), null)).rejects.toMatchObject({ code: "BUNDLE_UNREADABLE" });
});
