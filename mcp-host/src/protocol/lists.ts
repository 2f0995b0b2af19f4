/** The lists of a server: the method that returns one, the member of its result, and the capability that it needs. */
export const LISTS = [
  { method: "tools/list", member: "tools", capability: "tools" },
  { method: "prompts/list", member: "prompts", capability: "prompts" },
  { method: "resources/list", member: "resources", capability: "resources" },
  { method: "resources/templates/list", member: "resourceTemplates", capability: "resources" },
] as const;

export type List = (typeof LISTS)[number];
export type ListMethod = List["method"];
export type ListMember = List["member"];

/**
 * How a server reports changed lists: the notification, its name in `subscriptions/listen` (MCP 2026-07-28), the capability that it
 * needs, and the members that it covers.
 */
export const LIST_CHANGES = [
  {
    notification: "notifications/tools/list_changed",
    filter: "toolsListChanged",
    capability: "tools",
    members: ["tools"],
  },
  {
    notification: "notifications/prompts/list_changed",
    filter: "promptsListChanged",
    capability: "prompts",
    members: ["prompts"],
  },
  {
    notification: "notifications/resources/list_changed",
    filter: "resourcesListChanged",
    capability: "resources",
    members: ["resources", "resourceTemplates"],
  },
] as const satisfies readonly { notification: string; filter: string; capability: string; members: ListMember[] }[];

/** Returns the list that a method asks for, or null. */
export function findList(method: string): List | null {
  return LISTS.find((list) => list.method === method) ?? null;
}
