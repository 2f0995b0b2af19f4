// The entries of the administrator's log. Imported by pages too, so nothing is imported here.

/** Subjects of entries, with their labels in the page's filter. */
export const ADMIN_CATEGORIES = {
  "sign-in": "Sign-ins",
  account: "Accounts",
  people: "People",
  key: "Keys and tokens",
  client: "Connected clients",
  deployment: "Deployments",
  settings: "Settings",
} as const;

export type AdminCategory = keyof typeof ADMIN_CATEGORIES;

export const ADMIN_CATEGORY_NAMES = Object.keys(ADMIN_CATEGORIES) as AdminCategory[];

/** A stable word for programs: the category, a point, and what was done. */
export type AdminAction = `${AdminCategory}.${string}`;

/** An entry as its readers get it. */
export interface AdminEntryView {
  id: string;
  /** ISO 8601. */
  at: string;
  category: AdminCategory;
  action: AdminAction;
  /** What was done, as a sentence. */
  summary: string;
  /** E-mail address of the person at that time; null for someone who was not signed in, and for Catwalk itself. */
  actor: string | null;
  /** The address that the request came from. */
  address: string | null;
  via: "session" | "token" | "command line" | null;
}
