/** `migrate sandbox` as people start it: in the foreground, its lines into `.env`, ended by Ctrl-C. */
import { expect, test } from "vitest";
import { runCli } from "../helpers/cli.ts";

interface Started {
  readonly args: readonly string[];
  /** Names of the printed lines. */
  readonly names: readonly string[];
  readonly title: string;
  /** A request that needs what was printed. */
  ask(env: Readonly<Record<string, string>>): Promise<Response>;
}

const STARTED: readonly Started[] = [
  {
    args: ["salesforce", "--records", "200"],
    names: ["SF_LOGIN_URL", "SF_CLIENT_ID", "SF_CLIENT_SECRET"],
    title: "A Salesforce org with 200 records",
    ask: (env) =>
      fetch(`${env.SF_LOGIN_URL}/services/oauth2/token`, {
        method: "POST",
        body: new URLSearchParams({
          grant_type: "client_credentials",
          client_id: env.SF_CLIENT_ID!,
          client_secret: env.SF_CLIENT_SECRET!,
        }),
      }),
  },
  {
    args: ["hubspot", "--records", "200"],
    names: ["HUBSPOT_BASE_URL", "HUBSPOT_TOKEN"],
    title: "A HubSpot portal with 200 records",
    ask: (env) =>
      fetch(`${env.HUBSPOT_BASE_URL}/crm/v3/objects/contacts`, {
        headers: { authorization: `Bearer ${env.HUBSPOT_TOKEN}` },
      }),
  },
];

test.each(STARTED)("migrate sandbox $args", async ({ args, names, title, ask }) => {
  let answered: number | null = null;
  let started = false;
  const { code, stdout, stderr } = await runCli(["sandbox", ...args], {
    onStdout: (text, kill) => {
      if (started || text.split("\n").length <= names.length) return;
      started = true;
      const env = Object.fromEntries(text.split("\n").map((line) => line.split("=", 2) as [string, string]));
      void ask(env)
        .then((response) => {
          answered = response.status;
        })
        .finally(() => kill("SIGINT"));
    },
  });
  expect(answered).toBe(200);
  expect(stdout.split("\n").map((line) => line.split("=")[0])).toEqual([...names, ""]);
  expect(stderr).toMatch(new RegExp(`^\n${title} answers at http://127\\.0\\.0\\.1:\\d+\\. Ctrl-C ends it\\.\n`));
  expect(code).toBe(0);
});
