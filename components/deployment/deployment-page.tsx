"use client";

import dynamic from "next/dynamic";
import Link from "next/link";
import { useRouter, useSearchParams } from "next/navigation";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { StatusBadge } from "@/components/deployments/status-badge";
import { usePolling } from "@/components/hooks/use-polling";
import { PageHeader } from "@/components/shell/page-header";
import { toast } from "@/components/ui/toast";
import type { DeploymentView } from "@/lib/deployments/view";
import {
  type DeploymentActions,
  DeploymentPageProvider,
  type DeploymentPageState,
  type FreshKey,
  TAB_NAMES,
  type TabName,
} from "./context";
import { DeploymentTabs, findOpenTab, formatTabAddress } from "./deployment-tabs";
import { LastChecked } from "./last-checked";
import { Source } from "./source";
import { StateNotice } from "./state-notice";
import { announce, buildTimeline, choosePollDelayMs, toPhase } from "./step-display";
import { UrlCard } from "./url-card";
import { useToolRuns } from "./use-tool-runs";

/** A live deployment usually shows none of these. */
const StepsPanel = dynamic(() => import("./steps-panel").then((panel) => panel.StepsPanel));
const ChangeNotice = dynamic(() => import("@/components/machine/change-notice").then((notice) => notice.ChangeNotice));
const InstallNote = dynamic(() => import("./install-note").then((note) => note.InstallNote));
const ServerWarnings = dynamic(() => import("./server-warnings").then((warnings) => warnings.ServerWarnings));

export interface DeploymentPageProps {
  initial: DeploymentView;
  actions: DeploymentActions;
  /** Label of the default region, such as "Frankfurt (fra)". */
  defaultRegion: string;
  /** The server's time at which it rendered the page. */
  renderedAtMs: number;
}

/** Tabs that are useful before the server has answered for the first time. */
const TABS_BEFORE_HANDSHAKE: readonly TabName[] = ["logs", "credentials", "settings"];

/** Page of a deployment: its current state, its URL, and its tabs. */
export function DeploymentPage({ initial, actions, defaultRegion, renderedAtMs }: DeploymentPageProps) {
  const router = useRouter();
  const polled = usePolling<DeploymentView>(`/api/deployments/${initial.id}`, {
    initial,
    chooseDelayMs: (value) => choosePollDelayMs(value?.status ?? initial.status),
  });
  const view = polled.value ?? initial;
  const toolRuns = useToolRuns();
  const [freshKeys, setFreshKeys] = useState<readonly FreshKey[]>([]);
  const addFreshKey = useCallback((key: FreshKey) => setFreshKeys((keys) => [key, ...keys]), []);
  const removeFreshKey = useCallback((id: string) => setFreshKeys((keys) => keys.filter((key) => key.id !== id)), []);

  const tabs = view.server ? TAB_NAMES : TABS_BEFORE_HANDSHAKE;
  const { tab, setTab } = useTab(tabs, view.server ? "connect" : null);
  const tabsElement = useRef<HTMLDivElement>(null);
  const wantsFocus = useRef<"no" | "tab" | "machine">("no");
  const moveFocus = useCallback((name: TabName) => {
    const wanted = wantsFocus.current;
    wantsFocus.current = "no";
    if (wanted === "no") return;
    findOpenTab(tabsElement.current, name)?.focus();
    if (wanted === "tab") return;
    focusOncePresent(tabsElement.current, "[data-part=machine] [role=combobox]");
  }, []);
  const openTab = useCallback(
    (name: TabName, part?: "machine") => {
      wantsFocus.current = part ?? "tab";
      if (findOpenTab(tabsElement.current, name)) moveFocus(name);
      else setTab(name);
    },
    [setTab, moveFocus],
  );

  useEffect(() => {
    const selected = tab && findOpenTab(tabsElement.current, tab);
    if (!selected) return;
    const list = selected.parentElement;
    // On a narrow screen the row of tabs scrolls. scrollIntoView would scroll the page as well.
    if (list) list.scrollLeft = selected.offsetLeft - list.offsetLeft - (list.clientWidth - selected.offsetWidth) / 2;
    // Keyboard users continue from the tab that a button elsewhere on the page opened.
    moveFocus(tab);
  }, [tab, moveFocus]);

  useEffect(() => {
    if (!polled.isGone) return;
    toast.success(`${initial.name} was deleted.`);
    router.push("/");
  }, [polled.isGone, initial.name, router]);

  const state = useMemo<DeploymentPageState>(
    () => ({
      view,
      actions,
      defaultRegion,
      refresh: polled.refresh,
      openTab,
      freshKeys,
      addFreshKey,
      removeFreshKey,
      toolRuns,
    }),
    [view, actions, defaultRegion, polled.refresh, openTab, freshKeys, addFreshKey, removeFreshKey, toolRuns],
  );
  const phase = toPhase(view.status);

  return (
    <DeploymentPageProvider value={state}>
      <PageHeader
        above={
          <Link href="/" className="rounded-sm underline-offset-4 hover:text-foreground hover:underline">
            Deployments
          </Link>
        }
        title={view.name}
        badge={
          <span className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1">
            <StatusBadge status={view.status} desired={view.desired} />
            <LastChecked atMs={polled.checkedAtMs} renderedAtMs={renderedAtMs} trouble={polled.trouble} />
          </span>
        }
        description={<Source view={view} defaultRegion={defaultRegion} />}
      />
      <p role="status" className="sr-only">
        {announce(buildTimeline(view, renderedAtMs), view.status)}
      </p>
      <div className="grid min-w-0 gap-6">
        <UrlCard view={view} />
        {(phase === "progress" || phase === "failed") && (
          <StepsPanel renderedAtMs={renderedAtMs} skewMs={polled.skewMs} />
        )}
        <StateNotice />
        {view.installNote && <InstallNote note={view.installNote} />}
        {view.warnings.length > 0 && <ServerWarnings />}
        {view.machine?.change && <ChangeNotice />}
        {phase !== "deleting" && (
          <DeploymentTabs ref={tabsElement} tabs={tabs} tab={tab} toolCount={view.tools.length} onTab={setTab} />
        )}
      </div>
    </DeploymentPageProvider>
  );
}

/** Number of frames to wait for the content of a tab, about 5 s: its code may have to be loaded first. */
const MAX_FOCUS_FRAMES = 300;

/** Focuses an element as soon as it exists. */
function focusOncePresent(container: HTMLElement | null, selector: string, framesLeft = MAX_FOCUS_FRAMES): void {
  const element = container?.querySelector<HTMLElement>(selector);
  if (element) element.focus();
  else if (framesLeft > 0) requestAnimationFrame(() => focusOncePresent(container, selector, framesLeft - 1));
}

/** Keeps the open tab in the address, so that reloads, shared links and the back button find it. */
function useTab(tabs: readonly TabName[], fallback: TabName | null) {
  const params = useSearchParams();
  const asked = params.get("tab");
  const tab = tabs.find((name) => name === asked) ?? fallback;
  const setTab = useCallback((name: TabName) => window.history.pushState(null, "", formatTabAddress(name)), []);
  return { tab, setTab };
}
