/** A model with the fields that mappings create (`create: true`). */

import { labelOf } from "../labels.ts";
import { createdType, createRefusal } from "../mapping/check-create.ts";
import type { RawMappings } from "../mapping/raw.ts";
import { COLUMN_TYPES } from "../model/column-types.ts";
import type { ModelField, ModelObject, TargetModel } from "../schema.ts";

/**
 * Adds the fields that the model lacks; its own stay as they are. Of an introspected model, a column of the same type that
 * is there already counts as the one that an earlier run made. What cannot be created is left out: the check tells it.
 */
export function withCreatedFields(model: TargetModel, raw: RawMappings): TargetModel {
  const objects = new Map<string, ModelObject>(model.objects);
  for (const mapping of raw.mappings) {
    for (const field of mapping.fields) {
      const object = objects.get(mapping.object);
      if (!field.create || object === undefined || createRefusal(field) !== null) continue;
      if (field.target === object.idColumn || RESERVED.has(field.target)) continue;
      const known = object.fields.get(field.target);
      const type = createdType(field);
      const made: ModelField = {
        name: field.target,
        label: labelOf(field.target),
        type,
        required: false,
        unique: false,
        maxLength: null,
        options: null,
        lookup: null,
        typeField: null,
        currencyField: null,
        columnType: COLUMN_TYPES[type],
        column: field.target,
        description: null,
        created: true,
      };
      const again = !model.managed && known?.created !== true && known?.columnType === made.columnType;
      if (known !== undefined && !again) continue;
      objects.set(object.name, { ...object, fields: new Map([...object.fields, [made.name, made]]) });
    }
  }
  return { ...model, objects };
}

const RESERVED: ReadonlySet<string> = new Set(["external_id", "external_source", "custom"]);
