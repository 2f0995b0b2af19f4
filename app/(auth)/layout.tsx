import type { ReactNode } from "react";
import { Logo } from "@/components/shell/logo";

/** Layout of the pages without a signed-in person: signing in, setting up, accepting an invitation. */
export default function AuthLayout({ children }: { children: ReactNode }) {
  return (
    <div className="flex min-h-dvh flex-col items-center px-4 py-10 sm:py-[12vh]">
      <header className="mb-8 flex items-center gap-2 font-semibold text-lg tracking-tight">
        <Logo className="size-7" />
        Catwalk
      </header>
      <main className="w-full min-w-0 max-w-sm">{children}</main>
    </div>
  );
}
