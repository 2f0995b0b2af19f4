"use client";

import { Moon, Sun } from "lucide-react";
import { useLazyMenu } from "@/components/hooks/use-lazy-menu";
import { Button } from "@/components/ui/button";

/** Button for the menu of themes. CSS chooses its icon, so that the icon does not flip after hydration. */
export function ThemeToggle({ className }: { className?: string }) {
  const { Menu, triggerProps } = useLazyMenu(() => import("./theme-items").then((items) => items.ThemeMenu));
  const trigger = (
    <Button variant="ghost" size="icon" aria-label="Theme" className={className} {...triggerProps}>
      <Sun aria-hidden="true" className="dark:hidden" />
      <Moon aria-hidden="true" className="hidden dark:block" />
    </Button>
  );
  return Menu ? <Menu trigger={trigger} /> : trigger;
}
