/** The person's filter of the calls. Empty texts filter nothing. */
export type CallChoice = {
  target: string;
  client: string;
  person: string;
  outcome: "" | "ok" | "failed";
  /** Calendar days, as YYYY-MM-DD. */
  from: string;
  until: string;
};

export const EVERY_CALL: CallChoice = { target: "", client: "", person: "", outcome: "", from: "", until: "" };

/** Returns whether something was chosen. */
export function isChosen(choice: CallChoice): boolean {
  return Object.values(choice).some((value) => value !== "");
}

/** Formats the address of a deployment's calls at the API with a choice, and with more parameters. */
export function formatCallAddress(
  deploymentId: string,
  path: "" | "/csv",
  choice: CallChoice,
  more: Record<string, string> = {},
): string {
  const chosen = Object.entries(choice).filter(([, value]) => value !== "");
  const query = new URLSearchParams([...chosen, ...Object.entries(more)]).toString();
  return `/api/deployments/${deploymentId}/calls${path}${query && `?${query}`}`;
}
