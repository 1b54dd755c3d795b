import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRedactor, redactUrl } from "../../core/redact.ts";

describe("redactUrl", () => {
  it.each([
    ["postgres://u:secret@h:5432/db?sslmode=require", "postgres://u:***@h:5432/db?sslmode=require"],
    ["postgres://u@h/db", "postgres://u@h/db"],
    ["postgres://h/db?password=secret&user=u", "postgres://h/db?password=***&user=u"],
    ["postgres://u:p%40ss%2Fw@h/db", "postgres://u:***@h/db"],
    // not percent-encoded
    ["postgres://u:p@ss@h/db", "postgres://u:***@h/db"],
    ["postgres://u:p/a#ss@h:5432/db", "postgres://u:***@h:5432/db"],
    ["postgres://bob:123/S3cr@127.0.0.1:5999/db", "postgres://bob:***@127.0.0.1:5999/db"],
    ["postgres://bob:p@ss/w:rd%41#x@host/db", "postgres://bob:***@host/db"],
    ["postgresql://bob:12?S3@cr=1@host/db", "postgresql://bob:***@host/db"],
    ['postgres://bob:a b/c"d@host/db', "postgres://bob:***@host/db"],
    ["postgres://bob:a\nb@host/db", "postgres://bob:***@host/db"],
    ["postgres://bob@corp:p/w@host/db", "postgres://bob@corp:***@host/db"],
    ["postgres://host:5432/db?user=bob", "postgres://host:5432/db?user=bob"],
    ["http://127.0.0.1:8080/contact/email/a@b.example", "http://127.0.0.1:8080/contact/email/a@b.example"],
    ["https://bob:s3cret@host/path", "https://bob:***@host/path"],
    ["https://example.com/path", "https://example.com/path"],
    ["no url: at all", "no url: at all"],
    ["", ""],
  ])("%s -> %s", (url, expected) => {
    expect(redactUrl(url)).toBe(expected);
  });
});

describe("createRedactor", () => {
  const secret = "s3cr+t /ü\"'(x)";
  const redact = createRedactor([secret, "", "ab", "token-1", "token-12"]);

  it.each([
    ["as it is", secret],
    ["percent-encoded", encodeURIComponent(secret)],
    ["percent-encoded to the last", "s3cr%2Bt%20%2F%C3%BC%22%27%28x%29"],
    ["percent-encoded in small letters", encodeURIComponent(secret).toLowerCase()],
    ["form-encoded", new URLSearchParams({ a: secret }).toString().slice(2)],
    ["in JSON", JSON.stringify(secret).slice(1, -1)],
    ["base64", Buffer.from(secret).toString("base64")],
  ])("blanks a secret %s", (_, text) => {
    expect(redact(`before ${text} after`)).toBe("before *** after");
  });

  it("blanks the longer of two secrets that begin alike as a whole", () => {
    expect(redact("token-12 token-1 token-2")).toBe("*** *** token-2");
  });

  it("leaves short secrets alone: they would garble ordinary text", () => {
    expect(redact("cab table")).toBe("cab table");
  });

  it("blanks passwords in URLs that it was not told of", () => {
    expect(redact("connect postgres://u:hidden@h/db and https://h/?access_token=abc&x=1")).toBe(
      "connect postgres://u:***@h/db and https://h/?access_token=***&x=1",
    );
    expect(createRedactor([])("postgres://u:hidden@h/db")).toBe("postgres://u:***@h/db");
  });

  it("blanks all of a password in a malformed URL inside a sentence", () => {
    expect(createRedactor([])("cannot reach postgres://bob:123/S3c@r#x@127.0.0.1:5999/db: ECONNREFUSED")).toBe(
      "cannot reach postgres://bob:***@127.0.0.1:5999/db: ECONNREFUSED",
    );
  });

  it("shows no piece of any password without blanks, however it is written into a URL", () => {
    const word = fc.string({ minLength: 4, maxLength: 12 }).filter((text) => /^\S+$/.test(text) && !/^\*+$/.test(text));
    fc.assert(
      fc.property(word, (password) => {
        const url = `postgres://bob:${password}@127.0.0.1:5999/db`;
        expect(redactUrl(url)).toBe("postgres://bob:***@127.0.0.1:5999/db");
        expect(createRedactor([])(`cannot reach ${url}, sorry`)).toBe(
          "cannot reach postgres://bob:***@127.0.0.1:5999/db, sorry",
        );
      }),
    );
  });

  it("never lets any secret of some length through", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 6, unit: "grapheme" }), fc.string(), fc.string(), (value, before, after) => {
        fc.pre(!"***".includes(value) && !before.includes("*") && !after.includes("*"));
        expect(createRedactor([value])(before + value + after)).not.toContain(value);
      }),
    );
  });
});
