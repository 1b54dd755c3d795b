/** Contracts. */
import { addressFields, audit, currencyCode, isDeleted, pick, recordId, sobject, viewed } from "../common.ts";
import { DAY, dayText } from "../dates.ts";
import { area, auto, date, int, picklist, ref, type SObject, text } from "../field.ts";
import { SENTENCES } from "../words.ts";
import type { World } from "../world.ts";

const CONTRACT_STATUS = ["Draft", "In Approval Process", "Activated"];

export function contract(world: World): SObject {
  const created = world.created("Contract");
  const throwOf = world.dice("Contract");
  const start = (index: number) => Math.floor(created(index) / DAY) + 14;
  const term = (index: number) => pick([6, 12, 24, 36], throwOf(index, 40));
  const end = (index: number) => {
    const from = new Date(start(index) * DAY);
    return Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + term(index), from.getUTCDate()) / DAY - 1;
  };
  const half = Math.max(1, Math.floor(world.contacts / 2));
  return sobject(world, "Contract", "Contract", [
    recordId(world, "Contract", "Contract"),
    ref(
      "AccountId",
      "Account ID",
      "Account",
      (index) => world.id("Account", world.business(throwOf(index + 1, world.count("Account")))),
      { nillable: false },
    ),
    ref("Pricebook2Id", "Price Book ID", "Pricebook2", () => null),
    picklist(
      "OwnerExpirationNotice",
      "Owner Expiration Notice",
      ["15", "30", "45", "60", "90", "120"],
      (index) => (index % 3 === 0 ? "30" : null),
      { length: 40 },
    ),
    date("StartDate", "Contract Start Date", (index) => dayText(start(index))),
    auto(date("EndDate", "Contract End Date", (index) => dayText(end(index)))),
    int("ContractTerm", "Contract Term", term),
    ref("OwnerId", "Owner ID", "User", world.owner("Contract"), { nillable: false }),
    picklist("Status", "Status", CONTRACT_STATUS, (index) => pick(CONTRACT_STATUS, throwOf(index + 2, 30)), {
      length: 40,
      nillable: false,
    }),
    ref("CompanySignedId", "Company Signed By ID", "User", () => null),
    ref("CustomerSignedId", "Customer Signed By ID", "Contact", (index) =>
      index % 4 === 3 ? null : world.id("Contact", 2 * (index % half)),
    ),
    text("CustomerSignedTitle", "Customer Signed Title", 40, (index) => (index % 4 === 3 ? null : "CEO")),
    date("CustomerSignedDate", "Customer Signed Date", (index) => (index % 4 === 3 ? null : dayText(start(index) - 3))),
    area("SpecialTerms", "Special Terms", 4000, (index) => (index % 5 === 0 ? pick(SENTENCES, index) : null)),
    area("Description", "Description", 32_000, (index) => (index % 6 === 0 ? pick(SENTENCES, index + 1) : null)),
    auto(
      picklist(
        "StatusCode",
        "Status Category",
        ["Draft", "InApproval", "Activated"],
        (index) => pick(["Draft", "InApproval", "Activated"], throwOf(index + 2, 30)),
        { length: 40, nillable: false },
      ),
    ),
    ...addressFields(world, "Contract", "Billing", "Billing", 40),
    ...currencyCode(world, (index) => world.currency("Contract", index)),
    auto(
      text("ContractNumber", "Contract Number", 30, (index) => String(index + 100).padStart(8, "0"), {
        nillable: false,
        extra: { nameField: true, autoNumber: true },
      }),
    ),
    ...audit(world, "Contract"),
    isDeleted(world, "Contract"),
    ...viewed(),
  ]);
}
