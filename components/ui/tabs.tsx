"use client";

import { type ComponentProps, createContext, type KeyboardEvent, useContext, useId } from "react";
import { cn } from "@/lib/util/class-names";
import { tabClasses, tabListClasses } from "./tab-classes";
import { useOverflow } from "./use-overflow";

interface TabsState {
  id: string;
  value: string;
  onValueChange: (value: string) => void;
}

const TabsContext = createContext<TabsState | null>(null);

function useTabs(): TabsState {
  const state = useContext(TabsContext);
  if (!state) throw new Error("This part of Tabs must be inside them.");
  return state;
}

export interface TabsProps extends ComponentProps<"div"> {
  value: string;
  onValueChange: (value: string) => void;
}

/**
 * Switches between parts of a page (WAI-ARIA Authoring Practices, tabs pattern with automatic activation): the row of tabs is one stop of
 * the Tab key, and the arrow keys, Home and End move along it. Parts with addresses of their own are links instead.
 */
export function Tabs({ className, value, onValueChange, ...props }: TabsProps) {
  const id = useId();
  return (
    <TabsContext value={{ id, value, onValueChange }}>
      <div data-slot="tabs" className={cn("flex min-w-0 flex-col gap-4", className)} {...props} />
    </TabsContext>
  );
}

export function TabsList({ className, ...props }: ComponentProps<"div">) {
  const overflow = useOverflow("x");
  return (
    <div
      {...overflow}
      role="tablist"
      data-slot="tabs-list"
      className={cn(tabListClasses, className)}
      onKeyDown={moveAlong}
      {...props}
    />
  );
}

function moveAlong(event: KeyboardEvent<HTMLElement>): void {
  const tabs = Array.from(event.currentTarget.querySelectorAll<HTMLElement>("[role=tab]"));
  const current = tabs.indexOf(event.target as HTMLElement);
  if (current < 0) return;
  const targets: Record<string, number> = {
    ArrowLeft: (current + tabs.length - 1) % tabs.length,
    ArrowRight: (current + 1) % tabs.length,
    Home: 0,
    End: tabs.length - 1,
  };
  const target = tabs[targets[event.key] ?? -1];
  if (!target || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  target.focus();
  target.click();
}

export interface TabsPartProps {
  /** Names the tab and its content. */
  value: string;
}

export function TabsTrigger({ className, value, ...props }: ComponentProps<"button"> & TabsPartProps) {
  const { id, value: selected, onValueChange } = useTabs();
  const isSelected = value === selected;
  return (
    <button
      type="button"
      role="tab"
      data-slot="tabs-trigger"
      id={`${id}-${value}-tab`}
      aria-selected={isSelected}
      aria-controls={isSelected ? `${id}-${value}` : undefined}
      tabIndex={isSelected ? 0 : -1}
      onClick={() => onValueChange(value)}
      className={cn(tabClasses, className)}
      {...props}
    />
  );
}

/** Content of a tab, rendered while that is selected. */
export function TabsContent({ className, value, ...props }: ComponentProps<"div"> & TabsPartProps) {
  const { id, value: selected } = useTabs();
  if (value !== selected) return null;
  return (
    <div
      role="tabpanel"
      data-slot="tabs-content"
      id={`${id}-${value}`}
      aria-labelledby={`${id}-${value}-tab`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the pattern wants the panel to be the next stop after its tab
      tabIndex={0}
      className={cn(
        "min-w-0 rounded-md outline-none focus-visible:ring-2 focus-visible:ring-ring focus-visible:ring-offset-4 focus-visible:ring-offset-background",
        className,
      )}
      {...props}
    />
  );
}
