/** Describe answers: 57 keys per field, 26 per object in the list, as the API gives them. */
import type { Field, FieldType } from "./org/field.ts";
import type { Org, Table } from "./org/org.ts";

type Json = Record<string, unknown>;

const SOAP: Readonly<Record<FieldType, string>> = {
  id: "tns:ID",
  reference: "tns:ID",
  string: "xsd:string",
  textarea: "xsd:string",
  picklist: "xsd:string",
  multipicklist: "xsd:string",
  combobox: "xsd:string",
  boolean: "xsd:boolean",
  int: "xsd:int",
  double: "xsd:double",
  currency: "xsd:double",
  percent: "xsd:double",
  date: "xsd:date",
  datetime: "xsd:dateTime",
  time: "xsd:time",
  email: "xsd:string",
  phone: "xsd:string",
  url: "xsd:string",
  address: "urn:address",
  encryptedstring: "xsd:string",
  base64: "xsd:base64Binary",
};

const NUMBERS = new Set<FieldType>(["int", "double", "currency", "percent"]);
/** Texts longer than this cannot be filtered, sorted or grouped, and make pages small. */
export const isLong = (field: Field): boolean => field.type === "textarea" && field.length > 255;
const bytesPerCharacter = (field: Field): number => (field.type === "id" || field.type === "reference" ? 1 : 3);

/** What a query may do with a field; the same answers as its describe. */
export function abilities(field: Field) {
  const long = isLong(field) || field.type === "base64" || field.type === "encryptedstring";
  const multi = field.type === "multipicklist";
  return {
    filterable: (field.extra.filterable as boolean | undefined) ?? !long,
    sortable: (field.extra.sortable as boolean | undefined) ?? !(long || multi || field.type === "address"),
    groupable:
      (field.extra.groupable as boolean | undefined) ??
      !(
        long ||
        multi ||
        field.type === "address" ||
        field.type === "datetime" ||
        field.type === "time" ||
        field.calculated ||
        (NUMBERS.has(field.type) && field.type !== "int")
      ),
    aggregatable:
      (field.extra.aggregatable as boolean | undefined) ??
      !(long || multi || field.type === "address" || field.type === "boolean"),
  };
}

export function describeField(field: Field): Json {
  const readOnly = field.type === "id" || field.type === "address" || field.name === "IsDeleted";
  return {
    ...abilities(field),
    aiPredictionField: false,
    autoNumber: false,
    byteLength: field.length * bytesPerCharacter(field),
    calculated: field.calculated,
    calculatedFormula: null,
    cascadeDelete: false,
    caseSensitive: false,
    compoundFieldName: field.compound,
    controllerName: null,
    createable: !readOnly,
    custom: field.custom,
    defaultValue: field.type === "boolean" ? false : null,
    defaultValueFormula: null,
    defaultedOnCreate:
      field.type === "boolean" || field.type === "id" || /^(Created|LastModified|SystemModstamp)/.test(field.name),
    dependentPicklist: false,
    deprecatedAndHidden: false,
    digits: field.digits,
    displayLocationInDecimal: false,
    encrypted: false,
    externalId: false,
    extraTypeInfo: null,
    filteredLookupInfo: null,
    formulaTreatNullNumberAsZero: false,
    highScaleNumber: false,
    htmlFormatted: false,
    idLookup: field.type === "id",
    inlineHelpText: null,
    label: field.label,
    length: field.length,
    mask: null,
    maskType: null,
    name: field.name,
    nameField: false,
    namePointing: false,
    nillable: field.nillable,
    permissionable: field.nillable,
    picklistValues: field.picklist
      .map((value) => ({
        active: value.active ?? true,
        defaultValue: value.default ?? false,
        label: value.label ?? value.value,
        validFor: value.validFor ?? null,
        value: value.value,
      }))
      .filter((value) => value.active),
    polymorphicForeignKey: false,
    precision: field.precision,
    queryByDistance: field.type === "address",
    referenceTargetField: null,
    referenceTo: field.referenceTo,
    relationshipName: field.relationshipName,
    relationshipOrder: null,
    restrictedDelete: false,
    restrictedPicklist: false,
    scale: field.scale,
    searchPrefilterable: field.type === "reference",
    soapType: SOAP[field.type],
    type: field.type,
    unique: false,
    updateable: !readOnly,
    writeRequiresMasterRead: false,
    ...field.extra,
  };
}

const sorted = (json: Json): Json => Object.fromEntries(Object.entries(json).sort(([a], [b]) => (a < b ? -1 : 1)));

function urls(base: string, name: string): Json {
  const own = `${base}/sobjects/${name}`;
  return {
    compactLayouts: `${own}/describe/compactLayouts`,
    rowTemplate: `${own}/{ID}`,
    approvalLayouts: `${own}/describe/approvalLayouts`,
    listviews: `${own}/listviews`,
    describe: `${own}/describe`,
    quickActions: `${own}/quickActions`,
    layouts: `${own}/describe/layouts`,
    sobject: own,
  };
}

function common(table: Table, base: string): Json {
  const { object } = table;
  return {
    activateable: false,
    createable: object.queryable,
    custom: object.custom,
    customSetting: false,
    deepCloneable: false,
    deletable: object.queryable,
    deprecatedAndHidden: false,
    feedEnabled: false,
    hasSubtypes: object.name === "Account" && table.field("IsPersonAccount") !== undefined,
    isInterface: false,
    isSubtype: false,
    keyPrefix: object.prefix,
    label: object.label,
    labelPlural: object.labelPlural,
    layoutable: true,
    mergeable: object.mergeable,
    mruEnabled: true,
    name: object.name,
    queryable: object.queryable,
    replicateable: object.replicateable,
    retrieveable: object.queryable,
    searchable: true,
    triggerable: true,
    undeletable: true,
    updateable: object.queryable,
    urls: urls(base, object.name),
  };
}

/** `GET /sobjects`; `base` is `/services/data/v66.0`. */
export function describeGlobal(org: Org, base: string): Json {
  return {
    encoding: "UTF-8",
    maxBatchSize: 200,
    sobjects: org.visibleTables().map((table) =>
      sorted({
        ...common(table, base),
        associateEntityType: table.object.associateEntityType,
        associateParentEntity: table.object.associateParentEntity,
      }),
    ),
  };
}

const MASTER = "012000000000000AAA";

/** `GET /sobjects/X/describe`. */
export function describeObject(org: Org, table: Table, base: string): Json {
  const { object } = table;
  const types = [
    ...object.recordTypes.map((type, at) => ({ ...type, master: false, default: at === 0 })),
    { id: MASTER, name: "Master", developerName: "Master", master: true, default: object.recordTypes.length === 0 },
  ];
  return sorted({
    ...common(table, base),
    actionOverrides: [],
    associateEntityType: object.associateEntityType,
    associateParentEntity: object.associateParentEntity,
    childRelationships: org.children(object.name).map((child) => ({
      cascadeDelete: false,
      childSObject: child.child,
      deprecatedAndHidden: false,
      field: child.field,
      junctionIdListNames: [],
      junctionReferenceTo: [],
      relationshipName: child.name,
      restrictedDelete: false,
    })),
    compactLayoutable: true,
    defaultImplementation: null,
    extendedBy: null,
    extendsInterfaces: null,
    fields: org.visibleFields(table).map((field) => sorted(describeField(field))),
    implementedBy: null,
    implementsInterfaces: null,
    listviewable: null,
    lookupLayoutable: null,
    namedLayoutInfos: [],
    networkScopeFieldName: null,
    recordTypeInfos: types.map((type) => ({
      active: true,
      available: true,
      defaultRecordTypeMapping: type.default,
      developerName: type.developerName,
      master: type.master,
      name: type.name,
      recordTypeId: type.id,
      urls: { layout: `${base}/sobjects/${object.name}/describe/layouts/${type.id}` },
    })),
    searchLayoutable: true,
    sobjectDescribeOption: "FULL",
    supportedScopes: [{ label: `All ${object.labelPlural.toLowerCase()}`, name: "everything" }],
  });
}
