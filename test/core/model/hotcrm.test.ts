import { describe, expect, it } from "vitest";
import { loadModel } from "../../../core/model/load.ts";

const model = await loadModel("hotcrm", "crm");
const fields = (object: string) => model.objects.get(object)!.fields;

describe("the shipped model hotcrm", () => {
  it("has the objects in playbook order", () => {
    expect(model.order).toEqual(
      (
        "user product account contact lead opportunity opportunity_line_item quote quote_line_item contract case " +
        "campaign campaign_member task event note file association"
      ).split(" "),
    );
    expect([...model.objects.keys()]).toEqual(model.order);
  });

  it("requires only what a record cannot be recognised without", () => {
    const required = [...model.objects.values()].flatMap((object) => [
      ...[...object.fields.values()].filter((field) => field.required).map((field) => `${object.name}.${field.name}`),
      ...object.requireAny.map((group) => `${object.name}: ${group.join("|")}`),
    ]);
    expect(required).toEqual([
      "user: email|name|username|last_name",
      "product.name",
      "account: name|domain",
      "contact: first_name|last_name|email",
      "lead: first_name|last_name|email|company",
      "opportunity.name",
      "opportunity.stage",
      "opportunity_line_item.opportunity_id",
      "opportunity_line_item: product_id|name",
      "quote_line_item.quote_id",
      "quote_line_item: product_id|name",
      "case.subject",
      "case.status",
      "task: subject|description",
      "event: subject|description",
      "note: title|body",
      "file.name",
      "association.from_object",
      "association.from_id",
      "association.to_object",
      "association.to_id",
    ]);
  });

  it("has nothing unique but external ids", () => {
    for (const object of model.objects.values()) {
      expect([...object.fields.values()].filter((field) => field.unique)).toEqual([]);
      expect(object.hasExternalId).toBe(true);
    }
  });

  it("names a currency for every amount", () => {
    for (const object of model.objects.values()) {
      for (const field of object.fields.values()) {
        if (field.type === "currency")
          expect([object.name, field.name, field.currencyField]).toEqual([object.name, field.name, "currency"]);
      }
    }
  });

  it("gives every object that people own an owner", () => {
    const owned = [...model.objects.values()]
      .filter((object) => object.fields.has("owner_id"))
      .map((object) => object.name);
    expect(owned).toEqual(
      "product account contact lead opportunity quote contract case campaign task event note file".split(" "),
    );
  });

  it("labels picklists for people", () => {
    const label = (object: string, field: string, value: string) =>
      fields(object)
        .get(field)!
        .options!.find((option) => option.value === value)?.label;
    expect(label("opportunity", "stage", "closed_won")).toBe("Closed Won");
    expect(label("contact", "salutation", "mr")).toBe("Mr.");
    expect(label("case", "status", "waiting_customer")).toBe("Waiting on Customer");
    expect(label("account", "type", "customer")).toBe("Customer");
    expect(label("task", "type", "follow_up")).toBe("Follow-up");
  });

  it("refers to many objects where activities do", () => {
    expect(fields("task").get("related_id")).toMatchObject({
      typeField: "related_type",
      lookup: ["account", "contact", "lead", "opportunity", "quote", "contract", "case", "campaign", "product", "user"],
    });
    expect(fields("event").get("who_id")).toMatchObject({ typeField: "who_type", lookup: ["contact", "lead"] });
    expect(fields("association").get("to_id")!.lookup).toEqual(model.order.filter((name) => name !== "association"));
  });
});

describe("loadModel", () => {
  it("says what was expected when there is no such model", async () => {
    await expect(loadModel("/nowhere/model.yaml", "crm")).rejects.toMatchObject({
      code: "MODEL_NOT_FOUND",
      message: 'target model: expected hotcrm, introspect or the path of a model file, got "/nowhere/model.yaml"',
    });
    await expect(loadModel("/", "crm")).rejects.toMatchObject({ code: "MODEL_UNREADABLE" });
  });
});
