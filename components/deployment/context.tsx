"use client";

import { createContext, useContext } from "react";
import type { ServerAction } from "@/components/hooks/use-server-action";
import type { ExtraInput } from "@/lib/deployments/inputs/extra-inputs";
import type { DeploymentView } from "@/lib/deployments/view";
import type { MachineSize } from "@/lib/runtime/runtime";
import type { CallChoice } from "./calls/call-address";
import type { ToolRuns } from "./use-tool-runs";

/** Server actions on a deployment. The page passes them in, so that components do not import from `app/`. */
export interface DeploymentActions {
  retry: ServerAction<{ id: string }, null>;
  restart: ServerAction<{ id: string }, null>;
  resolveAgain: ServerAction<{ id: string }, null>;
  setInstallScripts: ServerAction<{ id: string; run: boolean }, null>;
  start: ServerAction<{ id: string }, null>;
  stop: ServerAction<{ id: string }, null>;
  repair: ServerAction<{ id: string }, null>;
  rename: ServerAction<{ id: string; name: string }, null>;
  updateMachine: ServerAction<{ id: string } & MachineSize, null>;
  remove: ServerAction<{ id: string }, null>;
  replaceInputs: ServerAction<
    { id: string; inputs: Record<string, string>; notNeeded: string[]; extraInputs: ExtraInput[] },
    null
  >;
  updateStartTimeout: ServerAction<{ id: string; startTimeoutS: number }, null>;
  createKey: ServerAction<{ id: string; name: string }, { id: string; key: string }>;
  deleteKey: ServerAction<{ id: string; keyId: string }, null>;
  addUser: ServerAction<{ id: string; email: string }, { invitationUrl: string | null }>;
  removeUser: ServerAction<{ id: string; entryId: string }, null>;
  setOnlyListedUsers: ServerAction<{ id: string; onlyListedUsers: boolean }, null>;
  disconnectClient: ServerAction<{ id: string; clientId: string }, null>;
  createClientId: ServerAction<
    { id: string; name: string; redirectUris: string[] },
    { clientId: string; clientSecret: string }
  >;
  deleteClientId: ServerAction<{ id: string; clientId: string }, null>;
  recordPayloads: ServerAction<{ id: string; isOn: boolean }, null>;
  deleteCalls: ServerAction<{ id: string } & CallChoice, null>;
}

export const TAB_NAMES = ["connect", "tools", "logs", "calls", "keys", "credentials", "settings"] as const;
export type TabName = (typeof TAB_NAMES)[number];

/** An access key that was just created. Its value lives in memory only, until the page is left. */
export interface FreshKey {
  id: string;
  name: string;
  key: string;
  /** The client on the Connect tab that the key was created for, or null for one with a name of the person's own. */
  clientId: string | null;
}

export interface DeploymentPageState {
  view: DeploymentView;
  actions: DeploymentActions;
  /** Label of the region for machines without one of their own: "Frankfurt (fra)". */
  defaultRegion: string;
  /** Loads the deployment again now. */
  refresh: () => void;
  /** Opens a tab and moves the focus to it, or to the machine's fields inside it. */
  openTab: (tab: TabName, part?: "machine") => void;
  /** Newest first. */
  freshKeys: readonly FreshKey[];
  addFreshKey: (key: FreshKey) => void;
  removeFreshKey: (id: string) => void;
  toolRuns: ToolRuns;
}

const Context = createContext<DeploymentPageState | null>(null);
export const DeploymentPageProvider = Context.Provider;

export function useDeploymentPage(): DeploymentPageState {
  const state = useContext(Context);
  if (!state) throw new Error("useDeploymentPage must be called inside DeploymentPageProvider");
  return state;
}
