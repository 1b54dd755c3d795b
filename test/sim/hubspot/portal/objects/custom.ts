/** Custom objects: cars, and visits to the workshop. */
import { PIPELINES } from "../pipelines.ts";
import { properties } from "../property.ts";
import { money, pick, type Rows, type Seed } from "../seed.ts";
import { day, instant } from "../world.ts";
import { html, longText } from "./names.ts";

const COMMON = `
hs_createdate|Object create date/time|datetime.date|custom|r
hs_lastmodifieddate|Object last modified date/time|datetime.date|custom|r
hubspot_owner_id|Owner|enumeration.select|custom|e||OWNER
hs_object_id|Record ID|number.number|custom|r
hs_merged_object_ids|Merged record IDs|enumeration.checkbox|custom|r`;

const CAR_PROPERTIES = properties(`
model|Model|string.text|car_information|x
plate|Plate|string.text|car_information|xu
price|Price|number.number|car_information|x$
colour|Colour|enumeration.select|car_information|x|red:Red,white:White,rally_blue:Rally blue
features|Features|enumeration.checkbox|car_information|x|abs:ABS,esp:ESP,acc:Cruise control
first_registration|First registration|date.date|car_information|x
electric|Electric|bool.booleancheckbox|car_information|x
hs_pipeline|Pipeline|enumeration.select|car_information|e
hs_pipeline_stage|Pipeline stage|enumeration.select|car_information|e
${COMMON}
`);

export function cars(seed: Seed): Rows {
  const { world } = seed;
  const throwOf = world.dice("car");
  const pipeline = PIPELINES.car![0]!;
  return {
    properties: CAR_PROPERTIES,
    values: (index) => ({
      model: index % 20 === 19 ? null : pick(["Käfer", "Model T", "2CV", "500 «Topolino»"], throwOf(index, 4)),
      plate: `M-HS ${index}`,
      price: index % 6 === 5 ? null : money(throwOf(index + 1, 9_000_000)),
      colour: index % 3 === 2 ? null : pick(["red", "white", "rally_blue"], throwOf(index + 2, 3)),
      features: index % 4 === 0 ? "abs;acc" : index % 4 === 1 ? "esp" : null,
      first_registration: day(world.created("car", index) - (index % 4000) * 86_400_000),
      electric: index % 5 === 0 ? "true" : index % 5 === 1 ? "false" : null,
      hs_pipeline: pipeline.id,
      hs_pipeline_stage: pick(pipeline.stages, throwOf(index + 3, 997)).id,
    }),
  };
}

const VISIT_PROPERTIES = properties(`
title|Title|string.text|service_visit_information|x
visited_at|Visited at|datetime.date|service_visit_information|x
mileage|Mileage|number.number|service_visit_information|x
cost|Cost|number.number|service_visit_information|x$
report|Report|string.html|service_visit_information|x
${COMMON}
`);

export function serviceVisits(seed: Seed): Rows {
  const { world } = seed;
  const throwOf = world.dice("service_visit");
  const text = longText(seed, "service_visit.report");
  return {
    properties: VISIT_PROPERTIES,
    values: (index) => ({
      title: `Visit ${index}`,
      visited_at: instant(world.created("service_visit", index) - 86_400_000),
      mileage: String(throwOf(index, 300_000)),
      cost: index % 7 === 0 ? "0" : money(throwOf(index + 1, 300_000)),
      report: index % 2 === 0 ? html(text(index)) : null,
    }),
  };
}
