/** What changed in the org since it was read: by the stamp that every change of a record moves. */
import type { ChangesCost, ChangesRequest, ChangeTracking, Watermark } from "../../core/changes.ts";
import { mapLimited } from "../../core/limiter.ts";
import type { RecordBatch } from "../../core/record.ts";
import type { Api } from "./api.ts";
import { derivedFields } from "./changes-derived.ts";
import { goneRecords } from "./changes-gone.ts";
import { atOrAfter, stampOf } from "./changes-stamp.ts";
import { touchedSince } from "./changes-touched.ts";
import { resolveColumns } from "./columns.ts";
import { readCost } from "./estimate.ts";
import type { Metadata } from "./metadata.ts";
import { type Part, type Reader, transportOf } from "./read.ts";

/** Where a position says until when records were surely visible as the read began. */
const STEADY = "steady";

export function salesforceChanges(api: Api, metadata: Metadata, reader: Reader): ChangeTracking {
  const { settleMs, overlapMs } = api.options;

  const settled = async (): Promise<string> => new Date((await api.serverTime()) - settleMs).toISOString();

  /** The field that tells when a record changed; null: none does. */
  const stamp = async (object: string): Promise<string | null> => stampOf(await metadata.describe(object));

  /** What changed since, less the overlap; `until` is an instant up to which changes were visible when the read began. */
  function partSince(field: string, since: Watermark, until: string): Part {
    const from = new Date(Date.parse(since.at) - overlapMs).toISOString();
    return { where: atOrAfter(field, from), steady: `${field} < ${until}` };
  }

  async function* changed({ since, ...request }: ChangesRequest): AsyncGenerator<RecordBatch> {
    const field = await stamp(request.object);
    if (field === null) {
      yield* reader.read(request);
      return;
    }
    const known = request.from?.[STEADY];
    const until = typeof known === "string" ? known : await settled();
    for await (const batch of reader.read(request, partSince(field, since, until))) {
      yield { ...batch, next: { ...batch.next, [STEADY]: until } };
    }
  }

  const derived = (object: string, fields: readonly string[]) => derivedFields(metadata, object, fields);

  async function costOf(request: Pick<ChangesRequest, "object" | "fields" | "since">): Promise<ChangesCost> {
    const { name, scope } = await reader.scoped(request.object);
    const records = await reader.count(name);
    const calls = async (count: number, fields: readonly string[]): Promise<number> => {
      const columns = await resolveColumns(name, fields, metadata);
      const bulk = transportOf(api, columns, scope, count) === "bulk";
      return readCost(api, { records: count, bulk, joins: columns.joins.map(({ perCall }) => perCall) }).calls;
    };
    const field = await stamp(name);
    const whole = await calls(records, request.fields);
    if (field === null) {
      return {
        object: request.object,
        changed: null,
        calls: 0,
        sweeps: { deleted: 0, derived: 0, associations: whole },
      };
    }
    const changedNow = await reader.count(name, partSince(field, request.since, request.since.at));
    const narrow = await derived(name, request.fields);
    return {
      object: request.object,
      changed: changedNow,
      calls: (await calls(changedNow, request.fields)) + 1,
      sweeps: {
        deleted: await calls(records, []),
        derived: narrow.length === 0 ? 0 : await calls(records, narrow),
        associations: 0,
      },
    };
  }

  return {
    now: async () => new Date(await api.serverTime()).toISOString(),
    async watermark(object) {
      const field = await stamp(object);
      return field === null ? null : { at: await settled(), field };
    },
    changed,
    gone: (object, ids) => goneRecords(api, metadata, object, ids),
    derived,
    touchedSince: (object, at, limit) => touchedSince(api, metadata, { object, at, limit }),
    cost: (requests) => mapLimited(requests, api.options.concurrency, costOf),
  };
}
