/** Migrates the state of TEST_DATABASE and prints the names of the files it applied, as a process of its own. */
import pg from "pg";
import { migrateState } from "../../../core/store/state-migrations.ts";

const client = new pg.Client({ connectionString: process.env.TEST_DATABASE });
await client.connect();
process.stdout.write(JSON.stringify(await migrateState(client)));
await client.end();
