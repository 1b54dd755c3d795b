import { describe, expect, it } from "vitest";
import { detectDelimiter, detectEncoding, detectNewline, sepLine } from "../../../connectors/csv/detect.ts";

const delimiterOf = (text: string, preferred: string | null = null) =>
  detectDelimiter(Buffer.from(text), { quote: '"', final: true, preferred });

describe("detectDelimiter", () => {
  it.each([
    [",", "a,b,c\n1,2,3\n"],
    [";", "a;b;c\n1;2;3\n"],
    ["\t", "a\tb\n1\t2\n"],
    ["|", "a|b\n1|2\n"],
    [";", "name;amount;rate\nx;1,5;2,5\ny;1,25;3,5\nz;7;8\n"],
    [";", 'name;note\nx;"a, b, c"\ny;"d, e"\n'],
    [",", 'name,note\nx,"a; b; c"\ny,"d; e; f"\n'],
    [",", "name,tags\nx,a;b;c\ny,d;e\nz,\n"],
    [";", "Name;Address\nx;Main St, Berlin\ny;Side St, Bonn\n"],
    [",", 'a,b\n"x\ny;z;w;v",1\n'],
    [",", "one column only\nvalue\n"],
  ])("finds %j", (delimiter, text) => {
    expect(delimiterOf(text)).toBe(delimiter);
  });

  it("lets the extension decide where the text does not", () => {
    expect(delimiterOf("a,b|c\n1,2|3\n", "|")).toBe("|");
    expect(delimiterOf("a,b\n1,2\n", "\t")).toBe(",");
    expect(delimiterOf("a\n1\n", "\t")).toBe("\t");
  });
});

describe("detectEncoding", () => {
  it.each([
    [{ encoding: "utf-8", bom: 0 }, Buffer.from("plain")],
    [{ encoding: "utf-8", bom: 0 }, Buffer.from("Zoë")],
    [{ encoding: "utf-8", bom: 3 }, Buffer.from("\ufeffZoë")],
    [{ encoding: "utf-16le", bom: 2 }, Buffer.from("\ufeffZoë", "utf16le")],
    [{ encoding: "utf-16le", bom: 0 }, Buffer.from("Zoë Müller", "utf16le")],
    [{ encoding: "utf-16be", bom: 0 }, Buffer.from("Zoë Müller", "utf16le").swap16()],
    [{ encoding: "windows-1252", bom: 0 }, Buffer.from("Zo\xeb", "latin1")],
    [{ encoding: "utf-8", bom: 0 }, Buffer.concat([Buffer.from("Zoë é"), Buffer.from([0xff])])],
  ])("finds %j", (expected, sample) => {
    expect(detectEncoding(sample)).toEqual(expected);
  });
});

describe("detectNewline", () => {
  it.each([
    ["LF", "a\nb\n"],
    ["CRLF", "a\r\nb\r\n"],
    ["CR", "a\rb\rc"],
    ["mixed newlines", "a\r\nb\n"],
    ["one line", "a"],
  ])("finds %s", (expected, text) => {
    expect(detectNewline(Buffer.from(text))).toBe(expected);
  });
});

describe("sepLine", () => {
  it("reads Excel's first line and nothing else", () => {
    expect(sepLine(Buffer.from("sep=;\r\na;b"))).toEqual({ delimiter: ";", length: 7 });
    expect(sepLine(Buffer.from("sep=;x\na;b"))).toBeNull();
    expect(sepLine(Buffer.from("a;b\n"))).toBeNull();
  });
});
