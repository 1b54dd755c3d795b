/** sslmode against a real server with TLS. Needs the openssl command for a throw-away certificate. */
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { silentLogger } from "../../../core/log.ts";
import { openDatabase } from "../../../core/store/database.ts";
import { embeddedStatus, ensureEmbedded, removeEmbedded, stopEmbedded } from "../../../core/store/embedded.ts";

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

describe.skipIf(!hasOpenssl)("sslmode against a server with TLS only", () => {
  let dir: string;
  let url: string;
  let certificate: string;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "ssl-"));
    chmodSync(dir, 0o755);
    const log = silentLogger;
    await ensureEmbedded(dir, { log });
    await stopEmbedded(dir);
    certificate = join(dir, "server.crt");
    const key = join(dir, "server.key");
    execFileSync(
      "openssl",
      [
        ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out", certificate],
        ...["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
      ],
      { stdio: "pipe" },
    );
    const { dataDir } = await embeddedStatus(dir);
    const { uid, gid } = statSync(dataDir);
    for (const file of ["server.crt", "server.key"]) {
      copyFileSync(join(dir, file), join(dataDir, file));
      chmodSync(join(dataDir, file), 0o600);
      chownSync(join(dataDir, file), uid, gid);
    }
    ({ url } = await ensureEmbedded(dir, { log, settings: { fsync: "off", ssl: "on" } }));
    const hba = join(dataDir, "pg_hba.conf");
    writeFileSync(hba, readFileSync(hba, "utf8").replace(/^host /gm, "hostssl "));
    const admin = await openDatabase(`${url}?sslmode=require`, { log });
    await admin.query("select pg_reload_conf()");
    await admin.close();
    while ((await result("?sslmode=disable")) === "plain") await sleep(20);
  });
  afterAll(async () => {
    await removeEmbedded(dir);
    rmSync(dir, { recursive: true, force: true });
  });

  /** "encrypted", "plain", or the code of the error. */
  async function result(query: string): Promise<string> {
    try {
      const database = await openDatabase(url + query, { log: silentLogger });
      const { rows } = await database.query<{ ssl: boolean }>(
        "select ssl from pg_stat_ssl where pid = pg_backend_pid()",
      );
      await database.close();
      return rows[0]!.ssl ? "encrypted" : "plain";
    } catch (error) {
      return (error as { code: string }).code;
    }
  }

  it.each([
    ["", "DATABASE_SSL"],
    ["?sslmode=disable", "DATABASE_SSL"],
    ["?sslmode=allow", "encrypted"],
    ["?sslmode=prefer", "encrypted"],
    ["?sslmode=require", "encrypted"],
    ["?sslmode=no-verify", "encrypted"],
    // self-signed
    ["?sslmode=verify-full", "DATABASE_SSL"],
    ["?sslmode=verify-full&sslrootcert=CERT", "encrypted"],
    ["?sslmode=verify-ca&sslrootcert=CERT", "encrypted"],
    ["?sslmode=require&sslrootcert=/no/such/file", "DATABASE_URL_INVALID"],
  ])("%s: %s", async (query, expected) => {
    expect(await result(query.replace("CERT", encodeURIComponent(certificate)))).toBe(expected);
  });
});
