"use client";

import { LogOut } from "lucide-react";
import { signOut } from "next-auth/react";
import { type ComponentProps, useState } from "react";
import { toast } from "sonner";
import { Spinner } from "@/components/ui/spinner";

/** Ends this browser's session. It takes a menu item's props, to stand in a menu with `asChild`. */
export function SignOutButton({ onClick, ...props }: Omit<ComponentProps<"button">, "children" | "type">) {
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
          window.location.assign("/sign-in");
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
