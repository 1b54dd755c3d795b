/** Ids of Salesforce: 15 characters, and 18 with a checksum of their case. */

const CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/**
 * The first 15 characters with their checksum. Source of the algorithm: Salesforce Help, "Convert 15-character Ids into
 * 18-character Ids".
 */
export function salesforceId18(id: string): string {
  let suffix = "";
  for (let block = 0; block < 3; block++) {
    let bits = 0;
    for (let i = 0; i < 5; i++) {
      const code = id.charCodeAt(block * 5 + i);
      if (code >= 65 && code <= 90) bits |= 1 << i;
    }
    suffix += CHECK[bits];
  }
  return id.slice(0, 15) + suffix;
}
