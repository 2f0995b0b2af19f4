import { memo, type Ref } from "react";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
import { CallsTab } from "./calls-tab";
import { ConnectTab } from "./connect/connect-tab";
import type { TabName } from "./context";
import { CredentialsTab } from "./credentials-tab";
import { KeysTab } from "./keys-tab";
import { LogsTab } from "./logs-tab";
import { SettingsTab } from "./settings-tab";
import { ToolsTab } from "./tools/tools-tab";

const TAB_LABELS: Record<TabName, string> = {
  connect: "Connect",
  tools: "Tools",
  logs: "Logs",
  calls: "Calls",
  keys: "Access keys",
  credentials: "Credentials",
  settings: "Settings",
};

export interface DeploymentTabsProps {
  ref: Ref<HTMLDivElement>;
  /** Those that there are, in order. */
  tabs: readonly TabName[];
  /** The open one; null while none is. */
  tab: TabName | null;
  toolCount: number;
  onTab: (tab: TabName) => void;
}

/** Everything that can be done with a deployment. Rendered anew only when something about it changed, and not at every look. */
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
        <KeysTab />
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

/** The element of a tab while it is the open one, else null. */
export function selectedTab(tabs: HTMLElement | null, name: TabName): HTMLElement | null {
  return tabs?.querySelector<HTMLElement>(`[role="tab"][data-state="active"][data-tab="${name}"]`) ?? null;
}
