/** What a load must give, worked out record by record: the slow twin of the merge. */

export interface AccountRow {
  readonly id: string;
  readonly name: string;
  readonly parent: string;
  readonly primary: string;
}

export interface ContactRow {
  readonly id: string;
  readonly mail: string;
  readonly account: string;
}

export interface Policies {
  readonly duplicates: "reject" | "first" | "last";
  readonly parent: "reject" | "null";
  readonly account: "reject" | "null";
  readonly match: boolean;
}

export interface Expected {
  readonly accounts: Record<string, { name: string; parent: string | null; primary: string | null }>;
  readonly contacts: Record<string, { mail: string; account: string | null }>;
  readonly buckets: Record<"account" | "contact", { read: number; loaded: number; merged: number; rejected: number }>;
}

/**
 * The records that stand for their keys, and what became of the others. Invalid ones do not count, except that the last one
 * decides whatever it is.
 */
function distinct<Row extends { readonly id: string }>(
  rows: readonly Row[],
  policy: Policies["duplicates"],
  valid: (row: Row) => boolean,
) {
  const chosen = new Map<string, Row>();
  for (const row of rows) {
    if (policy === "last" || (valid(row) && !chosen.has(row.id))) chosen.set(row.id, row);
  }
  let merged = 0;
  let rejected = 0;
  const kept: Row[] = [];
  for (const row of rows) {
    if (!valid(row)) rejected++;
    else if (chosen.get(row.id) === row) kept.push(row);
    else if (policy === "reject") rejected++;
    else merged++;
  }
  return { kept, merged, rejected };
}

export function expected(
  accounts: readonly AccountRow[],
  contacts: readonly ContactRow[],
  policies: Policies,
): Expected {
  const a = distinct(accounts, policies.duplicates, (row) => row.name !== "");
  const byId = new Map(a.kept.map((row) => [row.id, row]));
  const rejected = new Set<string>();
  if (policies.parent === "reject") {
    for (let changed = true; changed; ) {
      changed = false;
      for (const row of a.kept) {
        if (rejected.has(row.id) || row.parent === "") continue;
        if (byId.has(row.parent) && !rejected.has(row.parent)) continue;
        rejected.add(row.id);
        changed = true;
      }
    }
  }
  const there = (id: string) => byId.has(id) && !rejected.has(id);

  const c = distinct(contacts, policies.duplicates, () => true);
  const rows: Expected["contacts"] = {};
  const alias = new Map<string, string>();
  const byMail = new Map<string, string>();
  let contactRejects = 0;
  let mergedByMail = 0;
  for (const row of c.kept) {
    if (row.account !== "" && !there(row.account) && policies.account === "reject") {
      contactRejects++;
      continue;
    }
    const mail = row.mail.toLowerCase();
    const same = policies.match && mail !== "" ? byMail.get(mail) : undefined;
    if (same !== undefined) {
      mergedByMail++;
      alias.set(row.id, same);
      continue;
    }
    if (mail !== "") byMail.set(mail, row.id);
    alias.set(row.id, row.id);
    rows[row.id] = { mail: row.mail, account: row.account !== "" && there(row.account) ? row.account : null };
  }
  return {
    accounts: Object.fromEntries(
      a.kept
        .filter((row) => !rejected.has(row.id))
        .map((row) => [
          row.id,
          {
            name: row.name,
            parent: row.parent !== "" && there(row.parent) ? row.parent : null,
            primary: alias.get(row.primary) ?? null,
          },
        ]),
    ),
    contacts: rows,
    buckets: {
      account: {
        read: accounts.length,
        loaded: a.kept.length - rejected.size,
        merged: a.merged,
        rejected: a.rejected + rejected.size,
      },
      contact: {
        read: contacts.length,
        loaded: Object.keys(rows).length,
        merged: c.merged + mergedByMail,
        rejected: c.rejected + contactRejects,
      },
    },
  };
}
