import type { ReactNode } from "react";
import { BannerRegion } from "@/components/shell/banner";
import { FocusOnNavigation } from "@/components/shell/focus-on-navigation";
import { HealthBanner } from "@/components/shell/health-banner";
import { SkipLink } from "@/components/shell/skip-link";
import { TopBar } from "@/components/shell/top-bar";
import { requireUser } from "@/lib/auth/session";

/** Layout of every page that requires sign-in. */
export default async function AppLayout({ children }: { children: ReactNode }) {
  const user = await requireUser();
  return (
    <>
      <SkipLink />
      <TopBar user={{ email: user.email, name: user.name }} />
      <BannerRegion />
      <HealthBanner />
      <main id="content" tabIndex={-1} className="mx-auto w-full max-w-6xl px-4 py-8 outline-none sm:px-6 sm:py-10">
        {children}
      </main>
      <FocusOnNavigation targetId="content" />
    </>
  );
}
