import { memo, type Ref } from "react";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
import { AccessTab } from "./access-tab";
import { CallsTab } from "./calls-tab";
import { ConnectTab } from "./connect/connect-tab";
import type { TabName } from "./context";
import { CredentialsTab } from "./credentials-tab";
import { LogsTab } from "./logs-tab";
import { SettingsTab } from "./settings-tab";
import { ToolsTab } from "./tools/tools-tab";

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
      <TabsContent value="connect">
        <ConnectTab />
      </TabsContent>
      <TabsContent value="tools">
        <ToolsTab />
      </TabsContent>
      <TabsContent value="logs">
        <LogsTab />
      </TabsContent>
      <TabsContent value="calls">
        <CallsTab />
      </TabsContent>
      <TabsContent value="keys">
        <AccessTab />
      </TabsContent>
      <TabsContent value="credentials">
        <CredentialsTab />
      </TabsContent>
      <TabsContent value="settings">
        <SettingsTab />
      </TabsContent>
    </Tabs>
  );
});

/** Finds the element of a tab, or returns null unless it is the open one. */
export function selectedTab(tabs: HTMLElement | null, name: TabName): HTMLElement | null {
  return tabs?.querySelector<HTMLElement>(`[role="tab"][data-state="active"][data-tab="${name}"]`) ?? null;
}
