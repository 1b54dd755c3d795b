/** Bytes of an XML part into an XML handler. */
import { isAscii } from "node:buffer";
import { corrupt } from "../fail.ts";
import { XmlError, type XmlHandler, XmlReader } from "./xml.ts";

type Decoder = InstanceType<typeof TextDecoder>;

/** Bytes at a time: bounds what gathers between two yields. */
const PIECE = 1 << 16;

/** Feeds every piece to the handler and yields after each, so that what it gathered can be taken. Throws FILE_CORRUPT. */
export async function* feedXml(
  bytes: AsyncIterable<Buffer>,
  handler: XmlHandler,
  place: { readonly path: string; readonly part: string },
): AsyncGenerator<void> {
  const reader = new XmlReader(handler);
  let decoder: Decoder | null = null;
  let plain = true;
  const parse = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      if (error instanceof XmlError || (error as NodeJS.ErrnoException).code === "ERR_ENCODING_INVALID_ENCODED_DATA") {
        throw corrupt(place.path, `${place.part} is not well-formed XML (${(error as Error).message})`, error);
      }
      throw error;
    }
  };
  for await (const chunk of bytes) {
    decoder ??= decoderOf(chunk);
    for (let from = 0; from < chunk.length; from += PIECE) {
      const piece = chunk.subarray(from, from + PIECE);
      const use = decoder;
      parse(() => {
        if (plain && use.encoding === "utf-8" && isAscii(piece)) reader.write(piece.latin1Slice());
        else {
          // From here on the decoder may hold the beginning of a character.
          plain = false;
          reader.write(use.decode(piece, { stream: true }));
        }
      });
      yield;
    }
  }
  parse(() => {
    if (decoder !== null) reader.write(decoder.decode());
    reader.close();
  });
  yield;
}

/** As `feedXml`, for small parts. */
export async function readXml(
  bytes: AsyncIterable<Buffer>,
  handler: XmlHandler,
  place: { readonly path: string; readonly part: string },
): Promise<void> {
  for await (const _ of feedXml(bytes, handler, place));
}

/** UTF-8 or, by its byte order mark or its first bytes, UTF-16: XML knows no other without being told. */
function decoderOf(chunk: Buffer): Decoder {
  const [one, two] = chunk;
  if ((one === 0xfe && two === 0xff) || (one === 0 && two === 0x3c))
    return new TextDecoder("utf-16be", { fatal: true });
  if ((one === 0xff && two === 0xfe) || (one === 0x3c && two === 0))
    return new TextDecoder("utf-16le", { fatal: true });
  return new TextDecoder("utf-8", { fatal: true });
}
