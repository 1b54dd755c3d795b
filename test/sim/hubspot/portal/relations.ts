/** All that is associated in a portal as seeded. */
import { type Link, liveRange, spread, tree, within } from "./links.ts";
import type { World } from "./world.ts";

export interface Relations {
  readonly links: readonly Link[];
  /** A contact's, deal's, ticket's primary company. */
  primaryCompany(type: "contacts" | "deals" | "tickets", index: number): number | undefined;
  parentCompany(index: number): number | undefined;
  /** Deal of a line item; undefined for lines of quotes. */
  dealOfLine(index: number): number | undefined;
  dealOfQuote(index: number): number | undefined;
  contactOfLead(index: number): number | undefined;
  companyOfLead(index: number): number | undefined;
}

const every = (index: number, period: number, rest: number, name: string): readonly string[] =>
  index % period === rest ? [name] : [];

export function makeRelations(world: World): Relations {
  const contactsOfLargest = Math.min(
    world.options.largest?.companyContacts ?? 12_000,
    Math.floor(world.size("contacts") / 2),
  );
  const linesOfLargest = Math.min(
    world.options.largest?.dealLineItems ?? 350,
    Math.floor(world.size("line_items") / 2),
  );
  const staff = liveRange(world, "contacts", 10, contactsOfLargest);
  const lines = liveRange(world, "line_items", 20, linesOfLargest);
  const plain = (): readonly string[] => ["plain"];
  const primary = (): readonly string[] => ["plain", "primary"];

  const employer = spread(world, {
    from: "contacts",
    to: "companies",
    purpose: "primary",
    large: staff,
    has: (at) => at % 50 !== 49,
    names: (at) => [
      "plain",
      "primary",
      ...every(at, 27, 8, "decides"),
      ...every(at, 54, 8, "billing"),
      ...every(at, 43, 12, "ledger"),
      // on the wire one type comes twice now and then
      ...every(at, 31, 2, "plain"),
    ],
  });
  const parent = tree(world, { of: "companies", width: 4, ordinals: [1, 2], names: () => ["plain", "parent"] });
  const dealCompany = spread(world, {
    from: "deals",
    to: "companies",
    purpose: "primary",
    has: (at) => at % 20 !== 19,
    names: primary,
  });
  const ticketCompany = spread(world, {
    from: "tickets",
    to: "companies",
    purpose: "primary",
    has: (at) => at % 9 !== 8,
    names: primary,
  });
  const dealLines = spread(world, {
    from: "line_items",
    to: "deals",
    purpose: "lines",
    large: lines,
    has: (at) => at % 10 < 8,
    names: plain,
  });
  const quoteDeal = spread(world, {
    from: "quotes",
    to: "deals",
    purpose: "deal",
    has: (at) => at % 12 !== 11,
    names: plain,
  });
  const leadContact = spread(world, { from: "leads", to: "contacts", purpose: "contact", names: primary });
  const leadCompany = spread(world, {
    from: "leads",
    to: "companies",
    purpose: "company",
    has: (at) => at % 2 === 0,
    names: plain,
  });
  const links: Link[] = [
    employer,
    parent,
    dealCompany,
    ticketCompany,
    dealLines,
    spread(world, {
      from: "contacts",
      to: "companies",
      purpose: "contractor",
      has: (at) => at % 9 === 4,
      names: () => ["plain", "contractor"],
    }),
    spread(world, {
      from: "companies",
      to: "companies",
      purpose: "partner",
      has: (at) => at % 60 === 10,
      names: () => ["plain", "partner"],
    }),
    tree(world, { of: "contacts", width: 40, ordinals: [16], names: () => ["plain", "manager"] }),
    tree(world, { of: "deals", width: 30, ordinals: [7], names: plain }),
    tree(world, { of: "tickets", width: 25, ordinals: [4], names: plain }),
    spread(world, {
      from: "deals",
      to: "companies",
      purpose: "partner",
      has: (at) => at % 30 === 7,
      names: () => ["plain", "partner"],
    }),
    spread(world, {
      from: "deals",
      to: "contacts",
      purpose: "first",
      has: (at) => at % 10 !== 9,
      names: (at) => ["plain", ...every(at, 3, 0, "decides"), ...every(at, 15, 0, "champion")],
    }),
    spread(world, { from: "deals", to: "contacts", purpose: "second", has: (at) => at % 4 === 1, names: plain }),
    spread(world, {
      from: "deals",
      to: "contacts",
      purpose: "third",
      has: (at) => at % 8 === 2,
      names: () => ["plain", "champion"],
    }),
    spread(world, { from: "tickets", to: "deals", purpose: "deal", has: (at) => at % 6 === 0, names: plain }),
    spread(world, {
      from: "line_items",
      to: "quotes",
      purpose: "lines",
      has: (at) => at % 10 >= 8 && !within(lines, at),
      names: plain,
    }),
    quoteDeal,
    spread(world, { from: "quotes", to: "companies", purpose: "company", names: plain }),
    spread(world, {
      from: "quotes",
      to: "contacts",
      purpose: "contact",
      has: (at) => at % 2 === 0,
      names: (at) => ["plain", ...every(at, 4, 0, "signer")],
    }),
    spread(world, {
      from: "tickets",
      to: "contacts",
      purpose: "contact",
      has: (at) => at % 8 !== 7,
      names: (at) => ["plain", ...every(at, 5, 0, "reporter")],
    }),
    spread(world, { from: "tickets", to: "contacts", purpose: "copy", has: (at) => at % 12 === 3, names: plain }),
    leadContact,
    leadCompany,
    spread(world, { from: "leads", to: "deals", purpose: "deal", has: (at) => at % 10 === 2, names: plain }),
    ...activities(world),
    ...(world.knows("car") ? custom(world) : []),
  ];
  return {
    links,
    primaryCompany: (type, at) =>
      (type === "contacts" ? employer : type === "deals" ? dealCompany : ticketCompany).forward(at)[0],
    parentCompany: (at) => parent.forward(at)[0],
    dealOfLine: (at) => dealLines.forward(at)[0],
    dealOfQuote: (at) => quoteDeal.forward(at)[0],
    contactOfLead: (at) => leadContact.forward(at)[0],
    companyOfLead: (at) => leadCompany.forward(at)[0],
  };
}

function activities(world: World): Link[] {
  const names = (): readonly string[] => ["plain"];
  const about = (from: string, to: string, purpose: string, has: (at: number) => boolean): Link =>
    spread(world, { from, to, purpose, has, names });
  const types = ["calls", "emails", "meetings", "notes", "tasks", "communications", "postal_mail"];
  return types.flatMap((type) => [
    about(type, "contacts", "first", (at) => at % 5 !== 4),
    about(type, "contacts", "second", (at) => at % 7 === 0),
    about(type, "companies", "company", (at) => at % 3 !== 2),
    about(type, "deals", "deal", (at) => at % 4 === 1),
    about(type, "tickets", "ticket", (at) => at % 9 === 5),
    ...(type === "meetings" ? [about(type, "contacts", "third", (at) => at % 2 === 0)] : []),
    ...(type === "tasks" ? [about(type, "leads", "lead", (at) => at % 11 === 6)] : []),
    ...(type === "calls" ? [about(type, "leads", "lead", (at) => at % 13 === 5)] : []),
  ]);
}

function custom(world: World): Link[] {
  const names = (): readonly string[] => ["plain"];
  return [
    spread(world, { from: "car", to: "contacts", purpose: "owner", names }),
    spread(world, {
      from: "car",
      to: "contacts",
      purpose: "driver",
      has: (at) => at % 3 === 1,
      names: () => ["plain", "driver"],
    }),
    spread(world, { from: "car", to: "companies", purpose: "fleet", has: (at) => at % 2 === 0, names }),
    spread(world, { from: "service_visit", to: "car", purpose: "car", names }),
    spread(world, { from: "service_visit", to: "contacts", purpose: "who", has: (at) => at % 4 !== 3, names }),
    spread(world, { from: "service_visit", to: "tickets", purpose: "ticket", has: (at) => at % 5 === 0, names }),
  ];
}
