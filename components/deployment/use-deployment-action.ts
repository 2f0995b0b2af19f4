"use client";

import { type ServerAction, type ServerActionState, useServerAction } from "@/components/hooks/use-server-action";
import { useDeploymentPage } from "./context";

/** Calls an action on the page's deployment: shows a failure as a toast, and loads the deployment again afterwards. */
export function useDeploymentAction<I, T>(action: ServerAction<I, T>): ServerActionState<I, T> {
  const { refresh } = useDeploymentPage();
  return useServerAction(action, { hasErrorToast: true, onSettled: refresh });
}
