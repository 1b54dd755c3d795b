/** Notes and files, old and new. */
import { createHash } from "node:crypto";
import { mix } from "../../random.ts";
import { audit, isDeleted, pick, recordId, sobject } from "../common.ts";
import { area, auto, base64, bool, int, picklist, ref, type SObject, text } from "../field.ts";
import { SENTENCES } from "../words.ts";
import type { World } from "../world.ts";

const POLYMORPHIC = { polymorphicForeignKey: true, namePointing: true } as const;
const PARENTS = ["Account", "Contact", "Opportunity", "Case"] as const;
/** What the columns that say where something hangs may refer to, as a description lists it. */
const HOLDERS = [...PARENTS, "Contract", "Invoice__c", "Invoice_Line__c", "Lead"] as const;

/** Most hang on standard objects, some on the org's own. */
function parentOf(world: World, index: number): string {
  if (index % 7 === 5) return world.id("Invoice__c", world.live("Invoice__c", (index * 3) % world.count("Invoice__c")));
  const object = PARENTS[index % PARENTS.length]!;
  const rows = object === "Contact" ? world.contacts : world.count(object);
  const at = Math.floor(index / PARENTS.length) * 2;
  return world.id(object, object === "Account" ? world.business(at % rows) : world.live(object, at % rows));
}

/** Bytes of a file: binary, not UTF-8, the same each time. */
function bytes(seed: number, index: number): Buffer {
  const size = 20 + (mix(seed, index) % 4000);
  const made = Buffer.allocUnsafe(size);
  for (let at = 0; at < size; at += 4) {
    const word = mix(seed ^ 0x5bd1e995, index * 1009 + at);
    for (let byte = at; byte < Math.min(size, at + 4); byte++) made[byte] = (word >>> (8 * (byte - at))) & 0xff;
  }
  return made;
}

const md5 = (data: Buffer): string => createHash("md5").update(data).digest("hex");

function note(world: World): SObject {
  return sobject(world, "Note", "Note", [
    recordId(world, "Note", "Note"),
    isDeleted(world, "Note"),
    ref("ParentId", "Parent ID", HOLDERS, (index) => parentOf(world, index), {
      nillable: false,
      extra: POLYMORPHIC,
    }),
    text("Title", "Title", 80, (index) => `Note ${index + 1}`, { nillable: false, extra: { nameField: true } }),
    bool("IsPrivate", "Private", (index) => index % 20 === 3),
    area("Body", "Body", 32_000, (index) => (index % 30 === 29 ? null : `${pick(SENTENCES, index)}\n– ${index}`)),
    ref("OwnerId", "Owner ID", "User", world.owner("Note"), { nillable: false }),
    ...audit(world, "Note"),
  ]);
}

const FILE_TYPES = ["pdf", "png", "docx", "txt"] as const;
const html = (index: number): Buffer =>
  Buffer.from(`<p>${pick(SENTENCES, index)}</p><p>Note <b>${index + 1}</b> &amp; more – ü</p>`);

function content(world: World): SObject[] {
  const files = world.count("File");
  const isNote = (document: number) => document >= files;
  const documentOf = (version: number) => world.versions.parent(version);
  const latest = (version: number) => world.versions.ordinal(version) === world.versions.size(documentOf(version)) - 1;
  const data = (version: number): Buffer =>
    isNote(documentOf(version)) ? html(documentOf(version) - files) : bytes(world.seed, version);
  const title = (document: number) =>
    isNote(document) ? `Memo ${document - files + 1}` : `Datei ${document + 1}, "final"`;
  const extension = (document: number) => (isNote(document) ? "snote" : pick(FILE_TYPES, document));
  const type = (document: number) => (isNote(document) ? "SNOTE" : pick(FILE_TYPES, document).toUpperCase());
  const newest = (document: number) => world.versions.first(document) + world.versions.size(document) - 1;
  const alive = () => false;

  const document = sobject(world, "ContentDocument", "Content Document", [
    recordId(world, "ContentDocument", "ContentDocument"),
    isDeleted(world, "ContentDocument", alive),
    bool("IsArchived", "Is Archived", () => false),
    text("Title", "Title", 255, title, { nillable: false, extra: { nameField: true } }),
    auto(
      ref("LatestPublishedVersionId", "Latest Published Version ID", "ContentVersion", (index) =>
        world.id("ContentVersion", newest(index)),
      ),
    ),
    text("FileType", "File Type", 20, type),
    text("FileExtension", "File Extension", 40, extension),
    int("ContentSize", "Content Size", (index) => data(newest(index)).length),
    ref("OwnerId", "Owner ID", "User", world.owner("ContentDocument"), { nillable: false }),
    ...audit(world, "ContentDocument"),
  ]);
  const version = sobject(
    world,
    "ContentVersion",
    "Content Version",
    [
      recordId(world, "ContentVersion", "ContentVersion"),
      isDeleted(world, "ContentVersion", alive),
      ref(
        "ContentDocumentId",
        "ContentDocument ID",
        "ContentDocument",
        (index) => world.id("ContentDocument", documentOf(index)),
        { nillable: false },
      ),
      auto(bool("IsLatest", "Is Latest", latest)),
      auto(text("VersionNumber", "Version Number", 20, (index) => String(world.versions.ordinal(index) + 1))),
      text("Title", "Title", 255, (index) => title(documentOf(index)), { nillable: false, extra: { nameField: true } }),
      area("Description", "Description", 1000, (index) => (index % 5 === 0 ? pick(SENTENCES, index) : null)),
      text(
        "PathOnClient",
        "Path On Client",
        500,
        (index) => `${title(documentOf(index))}.${extension(documentOf(index))}`,
      ),
      auto(text("FileType", "File Type", 20, (index) => type(documentOf(index)), { nillable: false })),
      auto(text("FileExtension", "File Extension", 40, (index) => extension(documentOf(index)))),
      auto(int("ContentSize", "Size", (index) => data(index).length)),
      auto(text("Checksum", "Checksum", 50, (index) => md5(data(index)))),
      base64("VersionData", "Version Data"),
      picklist("Origin", "Content Origin", ["C", "H"], () => "H", { length: 1, nillable: false }),
      ref(
        "FirstPublishLocationId",
        "First Publish Location ID",
        [...HOLDERS, "User"],
        (index) => parentOf(world, documentOf(index)),
        { extra: POLYMORPHIC },
      ),
      ref("OwnerId", "Owner ID", "User", world.owner("ContentVersion"), { nillable: false }),
      ...audit(world, "ContentVersion"),
    ],
    { blob: (field, index) => (field === "VersionData" ? data(index) : null) },
  );
  const documents = world.count("ContentDocument");
  const link = sobject(
    world,
    "ContentDocumentLink",
    "Content Document Link",
    [
      recordId(world, "ContentDocumentLink", "ContentDocumentLink"),
      ref(
        "LinkedEntityId",
        "Linked Entity ID",
        [...HOLDERS, "Group", "Organization", "User"],
        (index) => {
          const at = index % documents;
          if (index < documents) return parentOf(world, at);
          // a second record, or somebody who sees it
          return at % 2 === 1 ? parentOf(world, at + 1) : world.id("User", 3 + (at % (world.count("User") - 3)));
        },
        { nillable: false, extra: POLYMORPHIC },
      ),
      ref(
        "ContentDocumentId",
        "ContentDocument ID",
        "ContentDocument",
        (index) => world.id("ContentDocument", index % documents),
        { nillable: false },
      ),
      isDeleted(world, "ContentDocumentLink", alive),
      audit(world, "ContentDocumentLink").find((field) => field.name === "SystemModstamp")!,
      picklist("ShareType", "Share Type", ["V", "C", "I"], (index) => (index < documents ? "V" : "I"), { length: 40 }),
      picklist("Visibility", "Visibility", ["AllUsers", "InternalUsers", "SharedUsers"], () => "AllUsers", {
        length: 40,
      }),
    ],
    { replicateable: false, bulk: false },
  );
  const memo = sobject(
    world,
    "ContentNote",
    "Note",
    [
      { ...recordId(world, "ContentDocument", "Note"), value: (index) => world.id("ContentDocument", files + index) },
      isDeleted(world, "ContentNote", alive),
      text("Title", "Title", 255, (index) => title(files + index), { nillable: false, extra: { nameField: true } }),
      base64("Content", "Content"),
      auto(text("TextPreview", "Text Preview", 255, (index) => `${pick(SENTENCES, index)}`.slice(0, 255))),
      auto(int("ContentSize", "Content Size", (index) => html(index).length)),
      auto(text("FileType", "File Type", 20, () => "SNOTE")),
      auto(
        ref("LatestPublishedVersionId", "Latest Published Version ID", "ContentVersion", (index) =>
          world.id("ContentVersion", newest(files + index)),
        ),
      ),
      ref("OwnerId", "Owner ID", "User", world.owner("ContentNote"), { nillable: false }),
      ...audit(world, "ContentNote"),
    ],
    {
      prefix: "069",
      replicateable: false,
      idOf: { object: "ContentDocument", offset: files },
      blob: (field, index) => (field === "Content" ? html(index) : null),
    },
  );
  return [document, version, link, ...(world.features.notes ? [memo] : [])];
}

function attachment(world: World): SObject {
  const data = (index: number): Buffer => bytes(world.seed ^ 0x2f, index);
  return sobject(
    world,
    "Attachment",
    "Attachment",
    [
      recordId(world, "Attachment", "Attachment"),
      isDeleted(world, "Attachment"),
      ref("ParentId", "Parent ID", [...HOLDERS, "Task", "Event"], (index) => parentOf(world, index), {
        nillable: false,
        extra: POLYMORPHIC,
      }),
      text("Name", "File Name", 255, (index) => `anhang-${index + 1}.bin`, {
        nillable: false,
        extra: { nameField: true },
      }),
      bool("IsPrivate", "Private", () => false),
      text("ContentType", "Content Type", 120, () => "application/octet-stream"),
      auto(int("BodyLength", "Body Length", (index) => data(index).length)),
      base64("Body", "Body"),
      text("Description", "Description", 500, () => null),
      ref("OwnerId", "Owner ID", "User", world.owner("Attachment"), { nillable: false }),
      ...audit(world, "Attachment"),
    ],
    { blob: (field, index) => (field === "Body" ? data(index) : null) },
  );
}

export function contents(world: World): SObject[] {
  return [note(world), ...content(world), attachment(world)];
}
