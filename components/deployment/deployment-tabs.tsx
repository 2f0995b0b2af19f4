import dynamic from "next/dynamic";
import { type ComponentType, memo, type Ref } from "react";
import { Skeleton } from "@/components/ui/skeleton";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
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

/** Tabs of a deployment. Memoized, so that polling renders them only when the deployment has changed. */
export const DeploymentTabs = memo(function DeploymentTabs({ ref, tabs, tab, toolCount, onTab }: DeploymentTabsProps) {
  return (
    <Tabs ref={ref} value={tab ?? ""} onValueChange={(value) => onTab(value as TabName)} className="gap-6">
      <TabsList aria-label="About this deployment">
        {tabs.map((name) => (
          <TabsTrigger key={name} value={name} data-tab={name}>
            {TAB_LABELS[name]}
            {name === "tools" && <span className="text-muted-foreground text-xs tabular-nums">{toolCount}</span>}
          </TabsTrigger>
        ))}
      </TabsList>
      {tabs.map((name) => {
        const Content = TAB_CONTENTS[name];
        return (
          <TabsContent key={name} value={name}>
            <Content />
          </TabsContent>
        );
      })}
    </Tabs>
  );
});

/** Finds the element of a tab, or returns null unless it is the open one. */
export function selectedTab(tabs: HTMLElement | null, name: TabName): HTMLElement | null {
  return tabs?.querySelector<HTMLElement>(`[role="tab"][data-state="active"][data-tab="${name}"]`) ?? null;
}
