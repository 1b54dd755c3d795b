/** How `pg` hands values over: exactly as the server writes them, where JavaScript's own types would lose something. */
import pg from "pg";

/** int8, numeric, money-like, dates, times and intervals: text. No float, no Date, no time zone of this process. */
const TEXT = new Set<number>([20, 1700, 1082, 1083, 1266, 1114, 1184, 1186]);
/** Their arrays: arrays of text. */
const TEXT_ARRAYS = new Set<number>([1016, 1231, 1182, 1183, 1270, 1115, 1185, 1187]);
const TEXT_ARRAY = 1009;

/** For the `types` option of a pool or client; pg's global parsers stay as they are. */
export const textTypes: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: "text" | "binary") => {
    if (format !== "binary") {
      if (TEXT.has(oid)) return (value: string) => value;
      if (TEXT_ARRAYS.has(oid)) return pg.types.getTypeParser(TEXT_ARRAY as number, "text");
    }
    return pg.types.getTypeParser(oid, format as "text");
  }) as typeof pg.types.getTypeParser,
};
