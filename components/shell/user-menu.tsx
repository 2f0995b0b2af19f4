"use client";

import { useLazyMenu } from "@/components/hooks/use-lazy-menu";
import { Button } from "@/components/ui/button";
import type { UserMenuProps } from "./user-menu-content";

/** Button for the menu of the signed-in person. */
export function UserMenu({ email, name }: UserMenuProps) {
  const { Menu, triggerProps } = useLazyMenu(() => import("./user-menu-content").then((menu) => menu.UserMenuContent));
  const shown = name ?? email;
  const trigger = (
    <Button variant="ghost" size="icon" aria-label={`Account: ${shown}`} className="rounded-full!" {...triggerProps}>
      <span
        aria-hidden="true"
        className="grid size-7 place-items-center rounded-full bg-brand-subtle font-semibold text-brand text-xs uppercase"
      >
        {[...shown][0]}
      </span>
    </Button>
  );
  return Menu ? <Menu trigger={trigger} email={email} name={name} /> : trigger;
}
