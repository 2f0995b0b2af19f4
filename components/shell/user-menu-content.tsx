"use client";

import { Settings } from "lucide-react";
import Link from "next/link";
import type { ReactElement } from "react";
import { SignOutButton } from "@/components/auth/sign-out-button";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { ThemeItems } from "./theme-items";

export interface UserMenuProps {
  email: string;
  name: string | null;
}

/** Menu of the signed-in person. On a phone it also holds links that do not fit into the top bar. */
export function UserMenuContent({ email, name, trigger }: UserMenuProps & { trigger: ReactElement }) {
  return (
    <DropdownMenu defaultOpen>
      <DropdownMenuTrigger asChild>{trigger}</DropdownMenuTrigger>
      <DropdownMenuContent className="w-60">
        <div className="min-w-0 px-2 py-1.5">
          {name && <p className="truncate font-medium">{name}</p>}
          <p className={name ? "truncate text-muted-foreground text-xs" : "truncate font-medium"} title={email}>
            {email}
          </p>
        </div>
        <div className="sm:hidden">
          <DropdownMenuSeparator />
          <DropdownMenuItem asChild>
            <Link href="/settings">
              <Settings aria-hidden="true" />
              Settings
            </Link>
          </DropdownMenuItem>
          <DropdownMenuSeparator />
          <ThemeItems />
        </div>
        <DropdownMenuSeparator />
        {/* Stays open until the session has ended, so that a failure is visible. */}
        <DropdownMenuItem asChild onSelect={(event) => event.preventDefault()}>
          <SignOutButton className="w-full text-left" />
        </DropdownMenuItem>
      </DropdownMenuContent>
    </DropdownMenu>
  );
}
