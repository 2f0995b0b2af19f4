import dynamic from "next/dynamic";
import { type ComponentType, type MouseEvent, memo, type Ref } from "react";
import { Skeleton } from "@/components/ui/skeleton";
import { tabClasses, tabListClasses } from "@/components/ui/tab-classes";
import { useOverflow } from "@/components/ui/use-overflow";
import { cn } from "@/lib/util/class-names";
import type { TabName } from "./context";

function TabLoading() {
  return (
    <div role="status" aria-label="Loading" className="grid gap-3">
      <Skeleton className="h-6 w-48" />
      <Skeleton className="h-40" />
    </div>
  );
}

/** Each tab is a bundle of its own: the page loads the open one only. */
const TAB_CONTENTS: Record<TabName, ComponentType> = {
  connect: dynamic(() => import("./connect/connect-tab").then((tab) => tab.ConnectTab), { loading: TabLoading }),
  tools: dynamic(() => import("./tools/tools-tab").then((tab) => tab.ToolsTab), { loading: TabLoading }),
  logs: dynamic(() => import("./logs-tab").then((tab) => tab.LogsTab), { loading: TabLoading }),
  calls: dynamic(() => import("./calls-tab").then((tab) => tab.CallsTab), { loading: TabLoading }),
  keys: dynamic(() => import("./access-tab").then((tab) => tab.AccessTab), { loading: TabLoading }),
  credentials: dynamic(() => import("./credentials-tab").then((tab) => tab.CredentialsTab), { loading: TabLoading }),
  settings: dynamic(() => import("./settings-tab").then((tab) => tab.SettingsTab), { loading: TabLoading }),
};

const TAB_LABELS: Record<TabName, string> = {
  connect: "Connect",
  tools: "Tools",
  logs: "Logs",
  calls: "Calls",
  keys: "Access",
  credentials: "Credentials",
  settings: "Settings",
};

export interface DeploymentTabsProps {
  ref: Ref<HTMLDivElement>;
  /** Available tabs, in order. */
  tabs: readonly TabName[];
  /** The open tab, or null. */
  tab: TabName | null;
  toolCount: number;
  onTab: (tab: TabName) => void;
}

/**
 * Tabs of a deployment. Each has an address, so they are links: they can be opened in a window of their own, and lead on before the page
 * is interactive. Memoized, so that polling renders them only when the deployment has changed.
 */
export const DeploymentTabs = memo(function DeploymentTabs({ ref, tabs, tab, toolCount, onTab }: DeploymentTabsProps) {
  const overflow = useOverflow("x");
  const Content = tab && TAB_CONTENTS[tab];
  const open = (event: MouseEvent, name: TabName) => {
    // With a modifier the browser opens a window, or downloads.
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (name !== tab) onTab(name);
  };
  return (
    <div ref={ref} className="flex min-w-0 flex-col gap-6">
      <nav {...overflow} aria-label="About this deployment" className={tabListClasses}>
        {tabs.map((name) => (
          <a
            key={name}
            href={formatTabAddress(name)}
            aria-current={name === tab ? "page" : undefined}
            data-tab={name}
            onClick={(event) => open(event, name)}
            className={cn(tabClasses)}
          >
            {TAB_LABELS[name]}
            {name === "tools" && <span className="text-muted-foreground text-xs tabular-nums">{toolCount}</span>}
          </a>
        ))}
      </nav>
      {Content && (
        <section key={tab} aria-label={TAB_LABELS[tab]} className="min-w-0">
          <Content />
        </section>
      )}
    </div>
  );
});

/** Formats the address of a tab, relative to the deployment's page. */
export function formatTabAddress(name: TabName): string {
  return `?tab=${name}`;
}

/** Finds the link of a tab, or returns null unless it is the open one. */
export function findOpenTab(tabs: HTMLElement | null, name: TabName): HTMLElement | null {
  return tabs?.querySelector<HTMLElement>(`[aria-current="page"][data-tab="${name}"]`) ?? null;
}
