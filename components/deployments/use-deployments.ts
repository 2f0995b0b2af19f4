"use client";

import { useRouter } from "next/navigation";
import { useEffect, useRef, useState } from "react";
import type { DeploymentSummary } from "@/lib/deployments/view";

const CHANGING_MS = 2_000;
const CALM_MS = 15_000;

function isChanging({ status }: DeploymentSummary): boolean {
  return status === "pending" || status === "deploying" || status === "deleting";
}

/**
 * The list of deployments, kept current while the page is visible: every 2 s while one of them changes, else every 15 s. A
 * call that fails leaves the list as it was; the shell's banner says what is wrong.
 */
export function useDeployments(initial: DeploymentSummary[]): DeploymentSummary[] {
  const router = useRouter();
  const [deployments, setDeployments] = useState(initial);
  const [lastInitial, setLastInitial] = useState(initial);
  if (initial !== lastInitial) {
    setLastInitial(initial);
    setDeployments(initial);
  }
  const delayMs = deployments.some(isChanging) ? CHANGING_MS : CALM_MS;
  const load = useRef<(signal: AbortSignal) => Promise<void>>(undefined);
  useEffect(() => {
    load.current = async (signal) => {
      const response = await fetch("/api/deployments", { cache: "no-store", signal });
      if (response.status === 401) router.refresh();
      if (!response.ok) return;
      const body: { deployments: DeploymentSummary[] } = await response.json();
      if (!signal.aborted) setDeployments(body.deployments);
    };
  });

  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isLoading = false;
    const tick = async () => {
      clearTimeout(timer);
      if (document.hidden || isLoading) return;
      isLoading = true;
      await load.current?.(AbortSignal.any([stop.signal, AbortSignal.timeout(10_000)])).catch(() => {});
      isLoading = false;
      if (!stop.signal.aborted) timer = setTimeout(tick, delayMs);
    };
    const onVisible = () => void tick();
    timer = setTimeout(tick, delayMs);
    document.addEventListener("visibilitychange", onVisible);
    return () => {
      stop.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", onVisible);
    };
  }, [delayMs]);
  return deployments;
}
