/**
 * Headers of exports as HubSpot, Salesforce and Outlook write them in the languages of their users: which field each becomes, with how
 * much confidence, and why.
 */
import { describe, expect, test } from "vitest";
import { LANGUAGES } from "../../../core/mapping/languages/index.ts";
import { profileObject } from "../../../core/mapping/profile.ts";
import { assignObjects, draftMappings, plainFields, suggestFields } from "../../../core/mapping/suggest.ts";
import { normalise } from "../../../core/mapping/suggest-names.ts";
import { suggestOwners } from "../../../core/mapping/suggest-owners.ts";
import { loadModel } from "../../../core/model/load.ts";
import { BatchBuilder } from "../../../core/record.ts";
import type { FieldType } from "../../../core/schema.ts";

const model = await loadModel("hotcrm", "crm");

const VALUES: Readonly<Partial<Record<FieldType, string>>> = {
  email: "ann@acme.example",
  owner: "rep@acme.example",
  integer: "12",
  decimal: "12.5",
  currency: "12.50",
  percent: "50",
  date: "2024-01-31",
  datetime: "2024-01-31 10:00",
  boolean: "true",
};

const profileOf = (header: readonly string[], rows: readonly (readonly string[])[]) =>
  profileObject(
    "x",
    (async function* () {
      const batch = new BatchBuilder(header);
      rows.forEach((cells, at) => {
        batch.add(at + 2, cells);
      });
      yield batch.build({});
    })(),
  );

/** Which field each column becomes; `expected` gives the type of the values. */
async function suggested(objectName: string, expected: Readonly<Record<string, string>>) {
  const object = model.objects.get(objectName)!;
  const header = Object.keys(expected);
  const row = header.map((name) => VALUES[object.fields.get(expected[name]!)?.type ?? "text"] ?? "x");
  const columns = [...(await profileOf(header, [row])).columns.values()];
  const owners = suggestOwners(columns, object, null);
  const free = columns.filter(({ column }) => !owners.some((owner) => owner.column === column));
  const found = new Map([
    ...suggestFields(free, object, plainFields(object, model)).map(({ column, field }) => [column, field] as const),
    ...owners.map(({ column, field }) => [column, field] as const),
  ]);
  return Object.fromEntries(header.map((name) => [name, found.get(name) ?? "-"]));
}

/** `Header = field`, one a line. */
const table = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    text
      .trim()
      .split("\n")
      .map((line) => {
        const cut = line.lastIndexOf(" = ");
        return [line.slice(0, cut).trim(), line.slice(cut + 3).trim()];
      }),
  );

const HEADERS: readonly (readonly [where: string, object: string, headers: string])[] = [
  [
    "HubSpot, English",
    "contact",
    `First Name = first_name
     Last Name = last_name
     Email = email
     Phone Number = phone
     Mobile Phone Number = mobile
     Contact owner = owner_id
     Job Title = title
     Company name = company
     Street Address = mailing_street
     City = mailing_city
     State/Region = mailing_state
     Postal Code = mailing_postal_code
     Country/Region = mailing_country
     Website URL = website
     Lifecycle Stage = lifecycle_stage
     Create Date = created_at`,
  ],
  [
    "Salesforce, English",
    "account",
    `Account Name = name
     Account Owner = owner_id
     Billing Street = billing_street
     Billing City = billing_city
     Billing State/Province = billing_state
     Billing Zip/Postal Code = billing_postal_code
     Billing Country = billing_country
     Phone = phone
     Fax = fax
     Website = website
     Industry = industry
     Annual Revenue = annual_revenue
     Employees = number_of_employees
     Account Source = lead_source
     Last Modified Date = updated_at`,
  ],
  [
    "Outlook, English",
    "contact",
    `First Name = first_name
     Middle Name = middle_name
     Last Name = last_name
     Suffix = suffix
     Company = company
     Department = department
     Job Title = title
     Business Street = mailing_street
     Business City = mailing_city
     Business State = mailing_state
     Business Postal Code = mailing_postal_code
     Business Country/Region = mailing_country
     Home Street = other_street
     Home City = other_city
     Home Postal Code = other_postal_code
     Assistant's Phone = assistant_phone
     Business Fax = fax
     Business Phone = phone
     Home Phone = home_phone
     Mobile Phone = mobile
     Other Phone = other_phone
     Birthday = birthdate
     E-mail Address = email
     E-mail 2 Address = secondary_email
     Web Page = website
     Assistant's Name = assistant_name
     Notes = description`,
  ],
  [
    "HubSpot, German",
    "contact",
    `Vorname = first_name
     Nachname = last_name
     E-Mail = email
     Telefonnummer = phone
     Mobiltelefonnummer = mobile
     Zuständiger Mitarbeiter = owner_id
     Jobtitel = title
     Unternehmensname = company
     Adresse = mailing_street
     Stadt = mailing_city
     Bundesland/Region = mailing_state
     Postleitzahl = mailing_postal_code
     Land/Region = mailing_country
     Website-URL = website
     Lifecycle-Phase = lifecycle_stage
     Lead-Status = status
     Erstellungsdatum = created_at`,
  ],
  [
    "HubSpot companies, German",
    "account",
    `Unternehmensname = name
     Domainname des Unternehmens = domain
     Branche = industry
     Anzahl der Mitarbeiter = number_of_employees
     Jahresumsatz = annual_revenue
     Telefonnummer = phone
     Ort = billing_city
     PLZ = billing_postal_code
     Land = billing_country
     Beschreibung = description`,
  ],
  [
    "Salesforce, German",
    "opportunity",
    `Opportunity-Name = name
     Phase = stage
     Betrag = amount
     Schlusstermin = close_date
     Wahrscheinlichkeit (%) = probability
     Nächster Schritt = next_step
     Leadquelle = lead_source
     Opportunity-Inhaber = owner_id
     Erstelldatum = created_at`,
  ],
  [
    "Outlook, German",
    "contact",
    `Anrede = salutation
     Vorname = first_name
     Weitere Vornamen = middle_name
     Nachname = last_name
     Firma = company
     Abteilung = department
     Position = title
     Straße geschäftlich = mailing_street
     Ort geschäftlich = mailing_city
     Postleitzahl geschäftlich = mailing_postal_code
     Land/Region geschäftlich = mailing_country
     Straße privat = other_street
     Ort privat = other_city
     Fax geschäftlich = fax
     Telefon geschäftlich = phone
     Telefon (privat) = home_phone
     Mobiltelefon = mobile
     E-Mail-Adresse = email
     Geburtstag = birthdate
     Webseite = website
     Notizen = description`,
  ],
  [
    "HubSpot, French",
    "contact",
    `Prénom = first_name
     Nom de famille = last_name
     E-mail = email
     Numéro de téléphone = phone
     Numéro de téléphone mobile = mobile
     Propriétaire du contact = owner_id
     Intitulé du poste = title
     Nom de l'entreprise = company
     Adresse postale = mailing_street
     Ville = mailing_city
     État/Région = mailing_state
     Code postal = mailing_postal_code
     Pays/Région = mailing_country
     URL du site web = website
     Phase du cycle de vie = lifecycle_stage
     Date de création = created_at`,
  ],
  [
    "Salesforce, French",
    "opportunity",
    `Nom de l'opportunité = name
     Étape = stage
     Montant = amount
     Date de clôture = close_date
     Probabilité (%) = probability
     Origine de la piste = lead_source
     Propriétaire de l'opportunité = owner_id`,
  ],
  [
    "Outlook, French",
    "contact",
    `Prénom = first_name
     Deuxième prénom = middle_name
     Nom = last_name
     Société = company
     Service = department
     Rue (bureau) = mailing_street
     Ville (bureau) = mailing_city
     Code postal (bureau) = mailing_postal_code
     Téléphone (bureau) = phone
     Téléphone (domicile) = home_phone
     Tél. mobile = mobile
     Adresse de messagerie = email
     Anniversaire = birthdate
     Page Web = website`,
  ],
  [
    "HubSpot, Spanish",
    "contact",
    `Nombre = first_name
     Apellidos = last_name
     Correo = email
     Número de teléfono = phone
     Número de teléfono móvil = mobile
     Propietario del contacto = owner_id
     Cargo = title
     Nombre de la empresa = company
     Dirección postal = mailing_street
     Ciudad = mailing_city
     Estado o región = mailing_state
     Código postal = mailing_postal_code
     País o región = mailing_country
     URL del sitio web = website
     Fecha de creación = created_at`,
  ],
  [
    "Salesforce, Spanish",
    "account",
    `Nombre de la cuenta = name
     Propietario de la cuenta = owner_id
     Sector = industry
     Ingresos anuales = annual_revenue
     Empleados = number_of_employees
     Teléfono = phone
     Ciudad de facturación = billing_city
     País de facturación = billing_country
     Tipo = type`,
  ],
  [
    "Outlook, Spanish",
    "contact",
    `Nombre = first_name
     Segundo nombre = middle_name
     Apellidos = last_name
     Organización = company
     Departamento = department
     Puesto = title
     Calle del trabajo = mailing_street
     Ciudad de trabajo = mailing_city
     Código postal del trabajo = mailing_postal_code
     Teléfono del trabajo = phone
     Teléfono móvil = mobile
     Cumpleaños = birthdate
     Dirección de correo electrónico = email
     Página Web = website`,
  ],
  [
    "HubSpot, Portuguese",
    "contact",
    `Nome = first_name
     Sobrenome = last_name
     E-mail = email
     Número de telefone = phone
     Número do celular = mobile
     Proprietário do contato = owner_id
     Cargo = title
     Nome da empresa = company
     Endereço = mailing_street
     Cidade = mailing_city
     Estado/Região = mailing_state
     CEP = mailing_postal_code
     País/Região = mailing_country
     URL do site = website
     Estágio do ciclo de vida = lifecycle_stage
     Data de criação = created_at`,
  ],
  [
    "Salesforce, Portuguese",
    "opportunity",
    `Nome da oportunidade = name
     Fase = stage
     Valor = amount
     Data de fechamento = close_date
     Probabilidade (%) = probability
     Origem do lead = lead_source
     Próxima etapa = next_step`,
  ],
  [
    "HubSpot, Italian",
    "contact",
    `Nome = first_name
     Cognome = last_name
     E-mail = email
     Numero di telefono = phone
     Numero di cellulare = mobile
     Proprietario del contatto = owner_id
     Qualifica = title
     Nome dell'azienda = company
     Indirizzo = mailing_street
     Città = mailing_city
     Stato/Regione = mailing_state
     CAP = mailing_postal_code
     Paese/Regione = mailing_country
     Fase del ciclo di vita = lifecycle_stage
     Data di creazione = created_at`,
  ],
  [
    "Salesforce, Italian",
    "account",
    `Nome account = name
     Titolare account = owner_id
     Settore = industry
     Fatturato annuo = annual_revenue
     Dipendenti = number_of_employees
     Telefono = phone
     Sito web = website
     Descrizione = description
     Partita IVA = vat_id`,
  ],
  [
    "Outlook, Italian",
    "contact",
    `Nome = first_name
     Secondo nome = middle_name
     Cognome = last_name
     Società = company
     Reparto = department
     Posizione = title
     Via (uff.) = mailing_street
     Città (uff.) = mailing_city
     CAP (uff.) = mailing_postal_code
     Ufficio = phone
     Abitazione = home_phone
     Cellulare = mobile
     Compleanno = birthdate
     Indirizzo posta elettronica = email
     Pagina Web = website`,
  ],
  [
    "HubSpot, Dutch",
    "contact",
    `Voornaam = first_name
     Achternaam = last_name
     E-mail = email
     Telefoonnummer = phone
     Mobiel telefoonnummer = mobile
     Contacteigenaar = owner_id
     Functietitel = title
     Bedrijfsnaam = company
     Adres = mailing_street
     Plaats = mailing_city
     Staat/regio = mailing_state
     Postcode = mailing_postal_code
     Land/regio = mailing_country
     Levenscyclusfase = lifecycle_stage
     Aanmaakdatum = created_at`,
  ],
  [
    "Salesforce, Dutch",
    "opportunity",
    `Opportunitynaam = name
     Fase = stage
     Bedrag = amount
     Sluitingsdatum = close_date
     Waarschijnlijkheid (%) = probability
     Leadbron = lead_source
     Volgende stap = next_step`,
  ],
  [
    "HubSpot, Swedish",
    "contact",
    `Förnamn = first_name
     Efternamn = last_name
     E-post = email
     Telefonnummer = phone
     Mobiltelefonnummer = mobile
     Kontaktägare = owner_id
     Jobbtitel = title
     Företagsnamn = company
     Gatuadress = mailing_street
     Ort = mailing_city
     Delstat/region = mailing_state
     Postnummer = mailing_postal_code
     Land/region = mailing_country
     Webbplats-URL = website
     Skapandedatum = created_at`,
  ],
  [
    "Salesforce, Swedish",
    "account",
    `Kontonamn = name
     Kontoägare = owner_id
     Bransch = industry
     Årlig intäkt = annual_revenue
     Anställda = number_of_employees
     Telefon = phone
     Webbplats = website
     Beskrivning = description`,
  ],
  [
    "HubSpot, Japanese",
    "contact",
    `名 = first_name
     姓 = last_name
     Eメール = email
     電話番号 = phone
     携帯電話番号 = mobile
     コンタクトの担当者 = owner_id
     役職 = title
     会社名 = company
     住所 = mailing_street
     市区町村 = mailing_city
     都道府県/地域 = mailing_state
     郵便番号 = mailing_postal_code
     国/地域 = mailing_country
     ウェブサイトURL = website
     ライフサイクルステージ = lifecycle_stage
     作成日 = created_at`,
  ],
  [
    "Salesforce, Japanese",
    "opportunity",
    `商談名 = name
     フェーズ = stage
     金額 = amount
     完了予定日 = close_date
     確度 (%) = probability
     リードソース = lead_source
     次のステップ = next_step
     商談 所有者 = owner_id`,
  ],
  [
    "Outlook, Japanese",
    "contact",
    `姓 = last_name
     名 = first_name
     会社名 = company
     部署 = department
     役職 = title
     郵便番号 (会社) = mailing_postal_code
     都道府県 (会社) = mailing_state
     市区町村 (会社) = mailing_city
     番地 (会社) = mailing_street
     会社電話 = phone
     自宅電話 = home_phone
     携帯電話 = mobile
     誕生日 = birthdate
     電子メール アドレス = email
     Web ページ = website`,
  ],
];

describe("headers of exports", () => {
  test.each(HEADERS)("%s: %s", async (_where, object, headers) => {
    const expected = table(headers);
    expect(await suggested(object, expected)).toEqual(expected);
  });

  test("say how sure they are, and why", async () => {
    const object = model.objects.get("contact")!;
    const { columns } = await profileOf(["Vorname", "Zuname", "E-Mail"], [["Ann", "Lee", "ann@acme.example"]]);
    expect(suggestFields([...columns.values()], object, plainFields(object, model))).toEqual([
      { column: "E-Mail", field: "email", confidence: 0.93, fits: 1, reason: "same name but for the spelling" },
      { column: "Vorname", field: "first_name", confidence: 0.86, fits: 1, reason: 'German for "First Name"' },
      { column: "Zuname", field: "last_name", confidence: 0.86, fits: 1, reason: 'German for "Last Name"' },
    ]);
  });

  test.each([
    ["Title", ["Mr.", "Dr."], "salutation"],
    ["Titre", ["M.", "Mme"], "salutation"],
    ["Title", ["CEO", "Mr."], "title"],
  ])("%s with %j is the %s", async (name, values, field) => {
    const object = model.objects.get("contact")!;
    const { columns } = await profileOf(
      field === "title" ? [name] : [name, "Job Title"],
      values.map((value) => (field === "title" ? [value] : [value, "Buyer"])),
    );
    const found = suggestFields([...columns.values()], object, plainFields(object, model));
    expect(found.find(({ column }) => column === name)?.field).toBe(field);
    if (field === "salutation") expect(found.find(({ column }) => column === "Job Title")?.field).toBe("title");
  });
});

describe("names of files", () => {
  test.each([
    ["Kontakte.csv", "contact"],
    ["Unternehmen.xlsx", "account"],
    ["Verkaufschancen 2024.csv", "opportunity"],
    ["entreprises.csv", "account"],
    ["Tâches.csv", "task"],
    ["contactos.csv", "contact"],
    ["Negocios.csv", "opportunity"],
    ["contatos.csv", "contact"],
    ["aziende.ods", "account"],
    ["bedrijven.parquet", "account"],
    ["contactpersonen.csv", "contact"],
    ["Företag.csv", "account"],
    ["取引先責任者.csv", "contact"],
    ["book.xlsx#商談", "opportunity"],
    ["accounts.jsonl", "account"],
  ])("%s holds %s", (name, object) => {
    const fields = [{ name: "x", label: "x", type: null }];
    expect(assignObjects([{ name, label: name, fields }], model).assignments.map((found) => found.object)).toEqual([
      object,
    ]);
  });

  test("that mean several things are told apart by their headers", () => {
    const source = (headers: readonly string[]) => ({
      name: "Offerte.csv",
      label: "Offerte.csv",
      fields: headers.map((name) => ({ name, label: name, type: null })),
    });
    const objectOf = (headers: readonly string[]) => assignObjects([source(headers)], model).assignments[0]!;
    expect(objectOf(["Nome offerta", "Fase dell'offerta", "Importo"])).toMatchObject({
      object: "opportunity",
      reason: 'its name ("offerte", Italian)',
    });
  });
});

test("a whole German export becomes a draft: keys, lookups, owners, picklists", async () => {
  const files: Readonly<Record<string, readonly string[]>> = {
    "Unternehmen.csv": ["Datensatz-ID|Unternehmensname|Branche|PLZ", "1|Acme|Technology|01234", "2|Bolt|Retail|20095"],
    "Kontakte.csv": [
      "Datensatz-ID|Anrede|Vorname|Nachname|E-Mail|Unternehmen|Zuständiger Mitarbeiter",
      "1|Herr|Jörg|Groß|j@acme.example|Acme|rep@x.example",
      "2|Frau|Ann|Lee|a@bolt.example|Bolt|rep@x.example",
    ],
  };
  const split = (rows: readonly string[]) => rows.map((row) => row.split("|"));
  const sources = Object.entries(files).map(([name, rows]) => ({
    name,
    label: name,
    fields: split(rows)[0]!.map((column) => ({ name: column, label: column, type: null })),
  }));
  const profiled = [];
  for (const assignment of assignObjects(sources, model).assignments) {
    const [header, ...rows] = split(files[assignment.sources[0]!.name]!);
    profiled.push({ ...assignment, profile: await profileOf(header!, rows) });
  }
  const [account, contact] = draftMappings(profiled, model).mappings;
  expect([account!.key, contact!.key]).toEqual([["Datensatz-ID"], ["Datensatz-ID"]]);
  const shown = (mapping: typeof account) =>
    Object.fromEntries(mapping!.fields.map((field) => [field.target, field.lookup ?? field.from]));
  expect(shown(account)).toEqual({
    name: "Unternehmensname",
    industry: "Branche",
    billing_postal_code: "PLZ",
  });
  expect(shown(contact)).toEqual({
    salutation: "Anrede",
    first_name: "Vorname",
    last_name: "Nachname",
    account_id: { objects: ["account"], by: "name", typeInto: null },
    email: "E-Mail",
    owner_id: "Zuständiger Mitarbeiter",
  });
  expect(contact!.picklists[0]!.values.map(({ value, target }) => [value, target])).toEqual([
    ["Herr", "mr"],
    ["Frau", "ms"],
  ]);
});

test("the lists name fields that exist, and no name twice in one language for fields of one object", () => {
  const known = new Set([...model.objects.values()].flatMap(({ fields }) => [...fields.keys()]));
  const also = new Set(["company", "account", "contact", "street", "city", "state", "postal_code", "country"]);
  for (const language of LANGUAGES) {
    for (const group of ["all", "person", "company", "deal", "ticket", "address", "home"] as const) {
      const seen = new Map<string, string>();
      for (const [field, names] of Object.entries(language[group])) {
        expect(known.has(field) || also.has(field), `${language.language}: ${field}`).toBe(true);
        for (const name of names) {
          const words = normalise(name);
          expect(words, `${language.language}: ${name}`).not.toBe("");
          expect(seen.get(words) ?? field, `${language.language}: ${name} twice`).toBe(field);
          seen.set(words, field);
        }
      }
    }
    for (const object of Object.keys(language.objects)) expect(model.objects.has(object), object).toBe(true);
  }
});
