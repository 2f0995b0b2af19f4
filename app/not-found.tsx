import type { Metadata } from "next";
import Link from "next/link";
import { Logo } from "@/components/shell/logo";
import { NotFoundPage } from "@/components/shell/not-found-page";
import { TopBar } from "@/components/shell/top-bar";
import { getCurrentUser } from "@/lib/auth/session";

export const metadata: Metadata = { title: "Not found" };

/** Page for an address that no route has. A signed-in person keeps the navigation. */
export default async function NotFound() {
  const user = await getCurrentUser();
  return (
    <>
      {user ? (
        <TopBar user={{ email: user.email, name: user.name }} />
      ) : (
        <header className="mx-auto flex h-14 w-full max-w-6xl items-center px-4 sm:px-6">
          <Link
            href="/"
            className="flex items-center gap-2 rounded-md py-2 font-semibold text-[0.9375rem] tracking-tight outline-none focus-visible:ring-2 focus-visible:ring-ring"
          >
            <Logo />
            Catwalk
          </Link>
        </header>
      )}
      <main>
        <NotFoundPage />
      </main>
    </>
  );
}
