"use client";

import { createContext, useCallback, useContext, useState } from "react";
import { toast } from "sonner";
import type { DeploymentView } from "@/lib/deployments/view";
import type { ActionResult } from "@/lib/http/user-action";
import type { MachineSize } from "@/lib/runtime/runtime";
import type { ToolRuns } from "./use-tool-runs";

/** What a person does to a deployment. The page hands in its server actions. */
export interface DeploymentActions {
  retry: (input: { id: string }) => Promise<ActionResult<null>>;
  restart: (input: { id: string }) => Promise<ActionResult<null>>;
  start: (input: { id: string }) => Promise<ActionResult<null>>;
  stop: (input: { id: string }) => Promise<ActionResult<null>>;
  repair: (input: { id: string }) => Promise<ActionResult<null>>;
  rename: (input: { id: string; name: string }) => Promise<ActionResult<null>>;
  updateMachine: (input: { id: string } & MachineSize) => Promise<ActionResult<null>>;
  remove: (input: { id: string }) => Promise<ActionResult<null>>;
  replaceInputs: (input: { id: string; inputs: Record<string, string> }) => Promise<ActionResult<null>>;
  createKey: (input: { id: string; name: string }) => Promise<ActionResult<{ id: string; key: string }>>;
  deleteKey: (input: { id: string; keyId: string }) => Promise<ActionResult<null>>;
}

export const TAB_NAMES = ["connect", "tools", "logs", "calls", "keys", "credentials", "settings"] as const;
export type TabName = (typeof TAB_NAMES)[number];

/** An access key that was just made; the page knows it until it is left. */
export interface FreshKey {
  id: string;
  name: string;
  key: string;
}

export interface DeploymentPageState {
  view: DeploymentView;
  actions: DeploymentActions;
  /** "Frankfurt (fra)": where machines are for which no region is chosen. */
  defaultRegion: string;
  /** Looks at the deployment again at once. */
  refresh: () => void;
  /** Opens a tab and moves the focus to it, or to the machine's fields in it. */
  openTab: (tab: TabName, part?: "machine") => void;
  freshKey: FreshKey | null;
  setFreshKey: (key: FreshKey | null) => void;
  toolRuns: ToolRuns;
}

const Context = createContext<DeploymentPageState | null>(null);
export const DeploymentPageProvider = Context.Provider;

export function useDeploymentPage(): DeploymentPageState {
  const state = useContext(Context);
  if (!state) throw new Error("useDeploymentPage belongs inside a deployment's page");
  return state;
}

/**
 * Runs a server action: busy while it runs, a toast when it fails, a fresh look at the deployment afterwards. Resolves to what the
 * action gave, or null when it failed.
 */
export function useAction(): {
  busy: boolean;
  perform: <T>(work: () => Promise<ActionResult<T>>) => Promise<{ data: T } | null>;
} {
  const { refresh } = useDeploymentPage();
  const [busy, setBusy] = useState(false);
  const perform = useCallback(
    async <T,>(work: () => Promise<ActionResult<T>>) => {
      setBusy(true);
      try {
        const result = await work();
        if (result.ok) return { data: result.data };
        toast.error(result.error.message, { description: result.error.hint ?? undefined });
        return null;
      } catch {
        toast.error("Catwalk did not answer.", { description: "Nothing may have changed. Try again in a moment." });
        return null;
      } finally {
        setBusy(false);
        refresh();
      }
    },
    [refresh],
  );
  return { busy, perform };
}
