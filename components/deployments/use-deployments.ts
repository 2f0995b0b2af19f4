"use client";

import { useRouter } from "next/navigation";
import { useEffect, useMemo } from "react";
import { usePolling } from "@/components/hooks/use-polling";
import { type DeploymentPage, type DeploymentSummary, LIST_PAGE_ROWS } from "@/lib/deployments/view";

interface DeploymentsResponse {
  deployments: DeploymentSummary[];
  next_cursor: string | null;
}

/** What the list shows, as the address and the API name it. */
export interface ListQuery {
  q?: string;
  cursor?: string;
}

/** Formats a query as the end of a URL: "?q=…", or "" for the first page of all. */
export function formatListQuery({ q, cursor }: ListQuery): string {
  const parameters = new URLSearchParams({ ...(q && { q }), ...(cursor && { cursor }) }).toString();
  return parameters === "" ? "" : `?${parameters}`;
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
export function useDeployments(initial: DeploymentPage, query: ListQuery): DeploymentPage {
  const router = useRouter();
  const parameters = new URLSearchParams(formatListQuery(query));
  parameters.set("limit", String(LIST_PAGE_ROWS));
  const { value, failureStatus } = usePolling<DeploymentsResponse>(`/api/deployments?${parameters}`, {
    initial: useMemo(() => ({ deployments: initial.deployments, next_cursor: initial.nextCursor }), [initial]),
    chooseDelayMs: (latest) => (latest?.deployments.some(isChanging) ? CHANGING_DELAY_MS : SETTLED_DELAY_MS),
  });
  useEffect(() => {
    // The session has ended: rendering the page again leads to the sign-in page.
    if (failureStatus === 401) router.refresh();
  }, [failureStatus, router]);
  return value ? { deployments: value.deployments, nextCursor: value.next_cursor } : initial;
}
