import type { Metadata } from "next";
import Link from "next/link";
import { Logo } from "@/components/shell/logo";
import { NotFoundPage } from "@/components/shell/not-found-page";

export const metadata: Metadata = { title: "Not found" };

export default function NotFound() {
  return (
    <>
      <header className="mx-auto flex h-14 w-full max-w-6xl items-center px-4 sm:px-6">
        <Link
          href="/"
          className="flex items-center gap-2 rounded-md py-2 font-semibold text-[0.9375rem] tracking-tight outline-none focus-visible:ring-2 focus-visible:ring-ring"
        >
          <Logo />
          Catwalk
        </Link>
      </header>
      <main>
        <NotFoundPage />
      </main>
    </>
  );
}
