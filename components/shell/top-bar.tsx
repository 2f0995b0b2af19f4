import { Plus } from "lucide-react";
import Link from "next/link";
import { ButtonLink } from "@/components/ui/button-link";
import { Logo } from "./logo";
import { NavLink } from "./nav-link";
import { ThemeToggle } from "./theme-toggle";
import { UserMenu } from "./user-menu";
import type { UserMenuProps } from "./user-menu-content";

/** Top bar of every page of a signed-in person. */
export function TopBar({ user }: { user: UserMenuProps }) {
  return (
    <header className="sticky top-0 z-40 border-b bg-background/92 backdrop-blur-sm">
      <div className="mx-auto flex h-14 w-full max-w-6xl items-center gap-1 px-4 sm:px-6">
        <Link
          href="/"
          className="mr-2 flex items-center gap-2 rounded-md py-2 font-semibold text-[0.9375rem] tracking-tight outline-none focus-visible:ring-2 focus-visible:ring-ring sm:mr-4"
        >
          <Logo />
          <span className="max-[26rem]:sr-only">Catwalk</span>
        </Link>
        <nav aria-label="Main" className="flex min-w-0 items-center">
          <NavLink href="/" covers={["/deployments"]}>
            Deployments
          </NavLink>
          <NavLink href="/settings" className="max-sm:hidden">
            Settings
          </NavLink>
        </nav>
        <div className="ml-auto flex items-center gap-1">
          <ButtonLink size="sm" className="mr-1" href="/new">
            <Plus aria-hidden="true" />
            New
          </ButtonLink>
          <ThemeToggle className="max-sm:hidden" />
          <UserMenu email={user.email} name={user.name} />
        </div>
      </div>
    </header>
  );
}
