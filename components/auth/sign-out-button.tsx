"use client";

import { LogOut } from "lucide-react";
import { type ComponentProps, useState } from "react";
import { Spinner } from "@/components/ui/spinner";
import { toast } from "@/components/ui/toast";

export interface SignOutButtonProps extends Omit<ComponentProps<"button">, "children" | "type"> {
  /** Path within Catwalk to open afterwards. */
  goTo?: string;
}

/** Ends this browser's session. Accepts the props that a menu item passes with `asChild`. */
export function SignOutButton({ goTo = "/sign-in", onClick, ...props }: SignOutButtonProps) {
  const [isBusy, setIsBusy] = useState(false);
  return (
    <button
      {...props}
      type="button"
      disabled={isBusy}
      onClick={async (event) => {
        onClick?.(event);
        setIsBusy(true);
        try {
          // Loaded here, since every page has this button and few people use it.
          const { signOut } = await import("next-auth/react");
          await signOut({ redirect: false });
          window.location.assign(goTo);
        } catch {
          setIsBusy(false);
          toast.error("Catwalk did not answer. You are still signed in.");
        }
      }}
    >
      {isBusy ? <Spinner /> : <LogOut aria-hidden="true" />}
      Sign out
    </button>
  );
}
