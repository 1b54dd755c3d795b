/** One run at a time per target: a session advisory lock, gone when its connection is. */
import { createHash } from "node:crypto";
import type { ClientBase } from "pg";
import { ConfigError } from "../errors.ts";
import { sqlState } from "./db-error.ts";

export interface TargetLock {
  /** Gives the lock back. Safe to call twice, and after the connection was lost. */
  release(): Promise<void>;
}

/** Who holds a lock, as far as the server tells. */
interface Holder {
  readonly pid: number;
  readonly application: string | null;
  readonly user: string | null;
  readonly address: string | null;
  readonly since: string | null;
}

/** How long a new run waits for the last statements of one that was killed. */
const PREDECESSOR_TIMEOUT = "120s";

/**
 * Takes the lock of `schema` in the client's database, without waiting. The client must be kept for as long as the lock
 * is needed; when its connection dies, the lock is free.
 * Throws ConfigError TARGET_LOCKED naming who holds it.
 */
export async function lockTarget(client: ClientBase, schema: string): Promise<TargetLock> {
  const key = lockKey(schema);
  const { rows } = await client.query<{ taken: boolean }>("select pg_try_advisory_lock($1::bigint) as taken", [key]);
  if (!rows[0]!.taken) throw locked(schema, await holderOf(client, key));
  let released = false;
  const release = async (): Promise<void> => {
    if (released) return;
    released = true;
    // a lost connection has given the lock back already
    await client.query("select pg_advisory_unlock($1::bigint)", [key]).catch(() => undefined);
  };
  try {
    await awaitPredecessor(client, schema);
  } catch (error) {
    await release();
    throw error;
  }
  return { release };
}

/**
 * Every session that writes for a run holds this, shared, until it ends. The server ends the session of a killed process
 * only when its statement is done: what that statement commits must be seen by the next run, not come after it.
 */
export async function joinTarget(client: ClientBase, schema: string): Promise<void> {
  await client.query("select pg_advisory_lock_shared($1::bigint)", [lockKey(schema, "sessions")]);
}

async function awaitPredecessor(client: ClientBase, schema: string): Promise<void> {
  const key = lockKey(schema, "sessions");
  await client.query(`set lock_timeout = '${PREDECESSOR_TIMEOUT}'`);
  try {
    await client.query("select pg_advisory_lock($1::bigint)", [key]);
    await client.query("select pg_advisory_unlock($1::bigint)", [key]);
  } catch (error) {
    // lock_not_available
    if (sqlState(error) === "55P03") throw locked(schema, await holderOf(client, key));
    throw error;
  } finally {
    await client.query("set lock_timeout = 0").catch(() => undefined);
  }
}

/** 64 bits of SHA-256: stable over versions, unlike the server's hash functions. */
function lockKey(schema: string, what = "target"): string {
  return createHash("sha256").update(`crm-migrate ${what} ${schema}`).digest().readBigInt64BE().toString();
}

async function holderOf(client: ClientBase, key: string): Promise<Holder | null> {
  const { rows } = await client.query<Holder>(
    `select l.pid, a.application_name as application, a.usename as user, host(a.client_addr) as address,
            to_char(a.backend_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"') as since
     from pg_locks l left join pg_stat_activity a using (pid)
     where l.locktype = 'advisory' and l.granted and l.objsubid = 1
       and l.database = (select oid from pg_database where datname = current_database())
       and l.classid::bigint = ($1::bigint >> 32) & 4294967295 and l.objid::bigint = $1::bigint & 4294967295`,
    [key],
  );
  return rows[0] ?? null;
}

function locked(schema: string, holder: Holder | null): ConfigError {
  // released between the two statements
  if (holder === null) {
    return new ConfigError("TARGET_LOCKED", `another run was working on schema ${schema} a moment ago`, {
      hint: "Try again.",
    });
  }
  const details = [
    holder.application === null || holder.application === "" ? null : holder.application,
    holder.user === null ? null : `user ${holder.user}`,
    holder.address === null ? null : `from ${holder.address}`,
    holder.since === null ? null : `since ${holder.since}`,
  ].filter((part) => part !== null);
  return new ConfigError(
    "TARGET_LOCKED",
    `another run is working on schema ${schema}: database session ${holder.pid} (${details.join(", ")})`,
    {
      hint: `Wait for it to end. If its process is gone for good, end its session: SELECT pg_terminate_backend(${holder.pid}).`,
    },
  );
}
