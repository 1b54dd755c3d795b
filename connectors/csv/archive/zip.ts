/** ZIP archives: a list of entries, and each entry as a stream that is stopped when it grows too large. */
import { crc32, createInflateRaw } from "node:zlib";
import yauzl from "yauzl";
import { beyondLimit, corrupt, encrypted } from "../fail.ts";

/** Entries of an archive at most. */
const MOST_ENTRIES = 20_000;
/** Compression is suspicious only beyond this size. */
const SMALL = 32 << 20;
const CHUNK = 1 << 18;

export interface ZipLimits {
  /** Bytes of an unpacked entry at most. */
  readonly maxUnpackedBytes: number;
  /** Unpacked bytes per packed byte at most, once an entry is large. */
  readonly maxUnpackRatio: number;
}

export interface ZipEntry {
  /** Full path within the archive, `/` between folders. */
  readonly name: string;
  readonly packed: number;
  readonly size: number;
  readonly crc32: number;
  /** The bytes, checked against size and checksum; throws ConfigError FILE_LIMIT, FILE_CORRUPT or FILE_ENCRYPTED. */
  stream(): AsyncGenerator<Buffer>;
}

export interface Zip {
  readonly path: string;
  readonly entries: readonly ZipEntry[];
}

/** Lists an archive; entries open the file themselves, so that nothing stays open. */
export async function openZip(path: string, limits: ZipLimits): Promise<Zip> {
  const zip = await openArchive(path);
  try {
    if (zip.entryCount > MOST_ENTRIES) {
      throw beyondLimit(
        path,
        `expected at most ${MOST_ENTRIES} files in the archive, got ${zip.entryCount}`,
        "Unpack it, and name the files in `files`.",
      );
    }
    const entries: ZipEntry[] = [];
    try {
      for await (const entry of zip.eachEntry()) {
        if (entry.fileName.endsWith("/")) continue;
        entries.push({
          name: entry.fileName,
          packed: entry.compressedSize,
          size: entry.uncompressedSize,
          crc32: entry.crc32,
          stream: () => streamEntry(path, entry, limits),
        });
      }
    } catch (cause) {
      throw corrupt(path, `its list of files cannot be read (${messageOf(cause)})`, cause);
    }
    return { path, entries };
  } finally {
    zip.close();
  }
}

async function openArchive(path: string): Promise<yauzl.ZipFile> {
  try {
    return await yauzl.openPromise(path, { lazyEntries: true, autoClose: false });
  } catch (cause) {
    throw corrupt(path, `it is no complete ZIP archive (${messageOf(cause)})`, cause);
  }
}

async function* streamEntry(path: string, entry: yauzl.Entry, limits: ZipLimits): AsyncGenerator<Buffer> {
  if (entry.isEncrypted()) throw encrypted(path);
  if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8) {
    throw corrupt(path, `${entry.fileName} is packed by method ${entry.compressionMethod}, expected 0 or 8`);
  }
  tooLarge(path, entry, entry.uncompressedSize, limits);
  const zip = await openArchive(path);
  try {
    let size = 0;
    let sum = 0;
    try {
      const packed = await zip.openReadStreamPromise(entry, { decodeFileData: false });
      const bytes = entry.compressionMethod === 0 ? packed : packed.pipe(createInflateRaw({ chunkSize: CHUNK }));
      // An error of the file ends the unpacked stream, too.
      if (bytes !== packed) packed.on("error", (error) => bytes.destroy(error));
      try {
        for await (const chunk of bytes as AsyncIterable<Buffer>) {
          size += chunk.length;
          sum = crc32(chunk, sum);
          if (size > entry.uncompressedSize) break;
          yield chunk;
        }
      } finally {
        bytes.destroy();
        packed.destroy();
      }
    } catch (cause) {
      // Only the stream fails in here; errors of the operating system are not the archive's.
      if ((cause as NodeJS.ErrnoException).syscall !== undefined) throw cause;
      throw corrupt(path, `${entry.fileName} cannot be unpacked (${messageOf(cause)})`, cause);
    }
    if (size !== entry.uncompressedSize) {
      throw corrupt(
        path,
        `${entry.fileName} should have ${entry.uncompressedSize} bytes, got ${size}${size > entry.uncompressedSize ? " or more" : ""}`,
      );
    }
    if (sum !== entry.crc32) throw corrupt(path, `the checksum of ${entry.fileName} does not fit`);
  } finally {
    zip.close();
  }
}

/** Throws FILE_LIMIT where `size` bytes are more than an entry may unpack to. */
function tooLarge(path: string, entry: yauzl.Entry, size: number, limits: ZipLimits): void {
  if (size > limits.maxUnpackedBytes) {
    throw beyondLimit(
      path,
      `${entry.fileName} unpacks to ${size} bytes, expected at most ${limits.maxUnpackedBytes}`,
      "Raise `maxUnpackedBytes` if you trust the file.",
    );
  }
  const ratio = size / Math.max(1, entry.compressedSize);
  if (size > SMALL && ratio > limits.maxUnpackRatio) {
    throw beyondLimit(
      path,
      `${entry.fileName} unpacks to ${Math.round(ratio)} times its size, as archives made to do harm do; expected at most ${limits.maxUnpackRatio}`,
      "Raise `maxUnpackRatio` if you trust the file.",
    );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
