/** Compound files (.xls): whether all of one is there. */
import { open } from "node:fs/promises";

const SIGNATURE = "d0cf11e0a1b11ae1";
const HEADER = 512;
const IN_HEADER = 109;
const LAST_SECTOR = 0xfffffffa;

/**
 * False when the file ends before a sector that its allocation table leads to: it was cut off. True for files that are no
 * compound file. Tables beyond the first 109 sectors (7 MB) are not looked at.
 */
export async function isWhole(path: string): Promise<boolean> {
  const handle = await open(path, "r");
  try {
    const { size } = await handle.stat();
    const header = Buffer.alloc(HEADER);
    await handle.read(header, 0, HEADER, 0);
    if (header.toString("hex", 0, 8) !== SIGNATURE) return true;
    if (size < HEADER) return false;
    const shift = header.readUInt16LE(30);
    if (shift !== 9 && shift !== 12) return false;
    const sectorSize = 1 << shift;
    const sectors = Math.ceil((size - sectorSize) / sectorSize);
    const table = Buffer.alloc(sectorSize);
    for (let index = 0; index < IN_HEADER; index++) {
      const sector = header.readUInt32LE(76 + 4 * index);
      if (sector >= LAST_SECTOR) continue;
      const { bytesRead } = await handle.read(table, 0, sectorSize, (sector + 1) * sectorSize);
      for (let at = 0; at < sectorSize; at += 4) {
        const used = (index * sectorSize) / 4 + at / 4;
        if (at + 4 > bytesRead) return used >= sectors;
        // some writers fill the table up with ends of chains: what leads on to a sector that is not there tells
        const next = table.readUInt32LE(at);
        if (next < LAST_SECTOR && (next >= sectors || used >= sectors)) return false;
      }
    }
    return true;
  } finally {
    await handle.close();
  }
}
