/** Words that generated rows are made of. */

export const FIRST = [
  "Ana",
  "José",
  "Zoë",
  "Jürgen",
  "Mary Ann",
  "Li",
  "Olga",
  "Søren",
  "Aïsha",
  "Noah",
  "Émile",
  "Priya",
  "Tomáš",
  "Ingrid",
  "Kenji",
  "Fatima",
  "Liam",
  "Chloé",
  "Rafael",
  "Yuki",
] as const;
export const LAST = [
  "Müller",
  "O'Neill",
  "Nguyễn",
  "Smith",
  "García",
  "van der Berg",
  "Łukasik",
  "Brown",
  "Çelik",
  "Ivanov",
  "Sato",
  "D'Angelo",
  "Öztürk",
  "Jensen",
  "Dubois",
  "Silva",
  "Kowalski",
  "Andersson",
  "Haddad",
  "王",
] as const;
export const COMPANY = [
  "Acme",
  "Globex",
  "Initech",
  "Umbrella",
  "Stark",
  "Wayne",
  "Hooli",
  "Vandelay",
  "Soylent",
  "Cyberdyne",
  "Tyrell",
  "Aperture",
  "Black Mesa",
  "Oscorp",
  "Massive",
  "Müller & Söhne",
  'The "Best" Shop',
  "Café Zürich",
  "東京商事",
  "Sirius, Cybernetics",
] as const;
export const SUFFIX = ["GmbH", "Inc.", "Ltd", "S.A.", "Corp", "B.V.", "K.K.", "& Co. KG"] as const;
export const TITLES = [
  "CEO",
  "CFO",
  "VP Sales",
  "Buyer",
  'Head of "Things"',
  "Engineer",
  "Ingénieure",
  "Manager, EMEA",
] as const;
export const DEPARTMENTS = ["Sales", "Marketing", "Finance", "HR", "IT", "Operations"] as const;
export const STREETS = [
  "1 Main Street",
  "22 Bahnhofstraße",
  "7 Rue de l'Église",
  "Plaza Mayor 3\nPiso 4º",
  'PO Box 12\r\nSuite "B"',
  "5-1 Marunouchi, Chiyoda-ku",
  "99 Broadway\nFloor 3\nNew York",
] as const;

export interface Place {
  readonly city: string;
  readonly state: string | null;
  readonly stateCode: string | null;
  readonly zip: string;
  readonly country: string;
  readonly code: string;
}
export const PLACES: readonly Place[] = [
  { city: "Boston", state: "Massachusetts", stateCode: "MA", zip: "02110", country: "United States", code: "US" },
  { city: "New York", state: "New York", stateCode: "NY", zip: "10001", country: "United States", code: "US" },
  { city: "San José", state: "California", stateCode: "CA", zip: "95112", country: "United States", code: "US" },
  { city: "Toronto", state: "Ontario", stateCode: "ON", zip: "M5H 2N2", country: "Canada", code: "CA" },
  { city: "München", state: null, stateCode: null, zip: "80331", country: "Germany", code: "DE" },
  { city: "Leipzig", state: null, stateCode: null, zip: "04109", country: "Germany", code: "DE" },
  { city: "London", state: null, stateCode: null, zip: "EC1A 1BB", country: "United Kingdom", code: "GB" },
  { city: "Paris", state: null, stateCode: null, zip: "75001", country: "France", code: "FR" },
  { city: "東京", state: null, stateCode: null, zip: "100-0005", country: "Japan", code: "JP" },
  { city: "São Paulo", state: "São Paulo", stateCode: "SP", zip: "01310-100", country: "Brazil", code: "BR" },
];
export const COUNTRIES = ["US", "CA", "DE", "GB", "FR", "JP", "BR"] as const;

export const INDUSTRIES = [
  "Agriculture",
  "Apparel",
  "Banking",
  "Biotechnology",
  "Chemicals",
  "Communications",
  "Construction",
  "Consulting",
  "Education",
  "Electronics",
  "Energy",
  "Engineering",
  "Entertainment",
  "Environmental",
  "Finance",
  "Food & Beverage",
  "Government",
  "Healthcare",
  "Hospitality",
  "Insurance",
  "Machinery",
  "Manufacturing",
  "Media",
  "Not For Profit",
  "Recreation",
  "Retail",
  "Shipping",
  "Technology",
  "Telecommunications",
  "Transportation",
  "Utilities",
  "Other",
] as const;
export const ACCOUNT_TYPES = [
  "Prospect",
  "Customer - Direct",
  "Customer - Channel",
  "Channel Partner / Reseller",
  "Installation Partner",
  "Technology Partner",
  "Other",
] as const;
export const LEAD_SOURCES = ["Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other"] as const;
export const SALUTATIONS = ["Mr.", "Ms.", "Mrs.", "Dr.", "Prof."] as const;
export const RATINGS = ["Hot", "Warm", "Cold"] as const;
export const CLEAN = [
  "Matched",
  "Different",
  "Acknowledged",
  "NotFound",
  "Inactive",
  "Pending",
  "SelectMatch",
  "Skipped",
] as const;
export const GEOCODE = [
  "Address",
  "NearAddress",
  "Block",
  "Street",
  "ExtendedZip",
  "Zip",
  "Neighborhood",
  "City",
  "County",
  "State",
  "Unknown",
] as const;
export const STAGES = [
  { name: "Prospecting", probability: 10, forecast: "Pipeline" },
  { name: "Qualification", probability: 10, forecast: "Pipeline" },
  { name: "Needs Analysis", probability: 20, forecast: "Pipeline" },
  { name: "Value Proposition", probability: 50, forecast: "Pipeline" },
  { name: "Id. Decision Makers", probability: 60, forecast: "Pipeline" },
  { name: "Perception Analysis", probability: 70, forecast: "Best Case" },
  { name: "Proposal/Price Quote", probability: 75, forecast: "Best Case" },
  { name: "Negotiation/Review", probability: 90, forecast: "Commit" },
  { name: "Closed Won", probability: 100, forecast: "Closed" },
  { name: "Closed Lost", probability: 0, forecast: "Omitted" },
] as const;
export const SENTENCES = [
  "Met at the fair; wants a call.",
  'Said: "send me the price", then left.',
  "Line one\nLine two\r\nLine three",
  "Größere Bestellung möglich – prüfen ✓",
  "NA",
  "null",
  "None",
  "Follow up next week, 50% sure.",
  "Emoji 🚀 and tab\there.",
  "=SUM(A1:A2)",
] as const;
