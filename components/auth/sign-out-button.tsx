"use client";

import { LogOut } from "lucide-react";
import { signOut } from "next-auth/react";
import { type ComponentProps, useState } from "react";
import { toast } from "sonner";
import { Spinner } from "@/components/ui/spinner";

export interface SignOutButtonProps extends Omit<ComponentProps<"button">, "children" | "type"> {
  /** A path of our own, for afterwards. */
  goTo?: string;
}

/** Ends this browser's session. It takes the props of a menu item or a button that wraps it with `asChild`. */
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
          await signOut({ redirect: false });
          window.location.assign(goTo);
        } catch {
          setIsBusy(false);
          toast.error("Catwalk did not answer; you are still signed in.");
        }
      }}
    >
      {isBusy ? <Spinner /> : <LogOut aria-hidden="true" />}
      Sign out
    </button>
  );
}
