import type { Metadata } from "next";
import { NotFoundPage } from "@/components/shell/not-found-page";
import { PlainTopBar } from "@/components/shell/plain-top-bar";
import { getCurrentUser } from "@/lib/auth/session";

export const metadata: Metadata = { title: "Not found" };

/** Page for an address that no route has. A signed-in person keeps the navigation. */
export default async function NotFound() {
  const user = await getCurrentUser();
  return (
    <>
      <PlainTopBar isSignedIn={user !== null} />
      <main>
        <NotFoundPage />
      </main>
    </>
  );
}
