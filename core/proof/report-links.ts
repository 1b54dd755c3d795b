/** Links of the reports: relative paths of the run's folder, and pages of the source system. */

/** A relative path as an address: every segment encoded. */
export const hrefOf = (path: string): string => path.split("/").map(encodeURIComponent).join("/");

/** The address of a record's page as it may stand in a link; null where it is anything but a web page. */
export function webAddress(text: string | undefined): string | null {
  if (text === undefined) return null;
  try {
    const url = new URL(text);
    return (url.protocol === "https:" || url.protocol === "http:") && url.username === "" && url.password === ""
      ? url.href
      : null;
  } catch {
    return null;
  }
}

/** A name as a file's: everything else than letters, digits and `_.-` becomes `_`, as in rejects/. */
export const fileName = (name: string): string => name.replace(/[^A-Za-z0-9_.-]/g, "_");
