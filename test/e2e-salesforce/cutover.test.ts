/** The staged cutover of a simulated org: history, catch-up, and a freeze that somebody breaks. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { chooseStage, readBoard, runStageOfCutover } from "../../core/cutover/index.ts";
import { place, writeConfig } from "./kit.ts";

it("a freeze that is broken stops the last stage with the records and who changed them; the next try brings them in", async () => {
  const at = await place({ records: 150 });
  writeConfig(at.dir, {
    mappings: `scope: { objects: [user, account, contact] }
delta: { settle: 0s }
cutover:
  stages:
    - { name: history, objects: [user, account] }
    - { name: rest }
    - { name: final, delta: true, freeze: true }
`,
  });
  const { org, clock } = at.sim;
  const board = async () => {
    const { config, database, runsDir } = await at.session();
    return readBoard(config, database.query, runsDir, new Date());
  };
  const next = async (during: () => void = () => undefined) => {
    const stage = chooseStage(await board(), false);
    return runStageOfCutover(await at.session(), {
      stage,
      freezeAt: null,
      onEvent: ({ type }) => type === "stage-end" && during(),
    });
  };
  expect(await next()).toMatchObject({ stage: "history", status: "passed" });
  clock.advance(3_600_000);
  const [first, account] = [...org.truth("Account")];
  org.update(first!.Id as string, { Name: "Renamed before the freeze" });
  expect(await next()).toMatchObject({ stage: "rest", status: "passed" });

  clock.advance(3_600_000);
  org.update(first!.Id as string, { Name: "Renamed in time" });
  clock.advance(60_000);
  const user = [...org.truth("User")].find(({ IsActive }) => IsActive === true);
  let broken = false;
  const stopped = await next(() => {
    if (broken) return;
    broken = true;
    clock.advance(5_000);
    org.update(account!.Id as string, { Phone: "+1 555 0100" }, { by: user!.Id as string });
  }).catch((error: unknown) => error);
  expect(stopped).toMatchObject({ code: "FREEZE_VIOLATED", exitCode: 4 });
  const { message } = stopped as Error;
  expect(message).toContain(`Account ${String(account!.Id)} was changed at`);
  expect(message).toContain(`by ${String(user!.Name)}`);
  const after = await board();
  const failed = after.stages[2]!;
  expect(failed).toMatchObject({ state: "failed", current: true });
  const listed = readFileSync(join(at.dir, "runs", failed.attempts[0]!.run!, "freeze-violations.csv"), "utf8");
  expect(listed.split("\r\n")[1]).toContain(`Account,${String(account!.Id)},changed,`);

  clock.advance(60_000);
  const done = await next();
  expect(done).toMatchObject({ stage: "final", status: "passed", report: { kind: "delta" } });
  const { rows } = await at.database.database.query<{ name: string; phone: string | null }>(
    "select name, phone from crm.account where external_id = any($1) order by name = 'Renamed in time' desc",
    [[first!.Id, account!.Id]],
  );
  expect(rows.map(({ name }) => name)[0]).toBe("Renamed in time");
  expect(rows[1]!.phone).toContain("555");
});
