"use client";

import { useRouter } from "next/navigation";
import { useEffect, useMemo } from "react";
import { usePolling } from "@/components/hooks/use-polling";
import type { DeploymentSummary } from "@/lib/deployments/view";

interface DeploymentsResponse {
  deployments: DeploymentSummary[];
}

const CHANGING_DELAY_MS = 2_000;
const SETTLED_DELAY_MS = 15_000;

function isChanging({ status }: DeploymentSummary): boolean {
  return status === "pending" || status === "deploying" || status === "deleting";
}

/**
 * Keeps the list of deployments current while the page is visible: every 2 s while one of them changes, else every 15 s.
 * A failed request leaves the list as it was, because the shell's banner already says what is wrong.
 */
export function useDeployments(initial: DeploymentSummary[]): DeploymentSummary[] {
  const router = useRouter();
  const { value, failureStatus } = usePolling<DeploymentsResponse>("/api/deployments", {
    initial: useMemo(() => ({ deployments: initial }), [initial]),
    chooseDelayMs: (latest) => (latest?.deployments.some(isChanging) ? CHANGING_DELAY_MS : SETTLED_DELAY_MS),
  });
  useEffect(() => {
    // The session has ended: rendering the page again leads to the sign-in page.
    if (failureStatus === 401) router.refresh();
  }, [failureStatus, router]);
  return value?.deployments ?? initial;
}
