export { isId } from "../../sim/salesforce/ids.ts";
export { Org } from "../../sim/salesforce/index.ts";
