import { Plus } from "lucide-react";
import { buttonVariants } from "@/components/ui/button";
import { Logo } from "./logo";

const LINK_CLASSES =
  "outline-none focus-visible:text-foreground focus-visible:ring-2 focus-visible:ring-ring focus-visible:ring-inset";
const NAV_CLASSES = `inline-flex h-14 items-center px-2.5 font-medium text-muted-foreground text-sm transition-colors hover:text-foreground ${LINK_CLASSES}`;

/**
 * Top bar of the page for unknown addresses: that of every page without its menus, in plain links. Next loads the code of that page with
 * every page, so it has none.
 */
export function PlainTopBar({ isSignedIn }: { isSignedIn: boolean }) {
  return (
    <header className={isSignedIn ? "border-b bg-background" : undefined}>
      <div className="mx-auto flex h-14 w-full max-w-6xl items-center gap-1 px-4 sm:px-6">
        <a
          href="/"
          className={`mr-2 flex items-center gap-2 rounded-md py-2 font-semibold text-[0.9375rem] tracking-tight sm:mr-4 ${LINK_CLASSES}`}
        >
          <Logo />
          <span className={isSignedIn ? "max-[26rem]:sr-only" : undefined}>Catwalk</span>
        </a>
        {isSignedIn && (
          <>
            <nav aria-label="Main" className="flex min-w-0 items-center">
              <a href="/" className={NAV_CLASSES}>
                Deployments
              </a>
              <a href="/settings" className={NAV_CLASSES}>
                Settings
              </a>
            </nav>
            <a href="/new" className={`${buttonVariants({ size: "sm" })} ml-auto`}>
              <Plus aria-hidden="true" />
              New
            </a>
          </>
        )}
      </div>
    </header>
  );
}
