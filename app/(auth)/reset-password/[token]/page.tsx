import type { Metadata } from "next";
import { chooseNewPassword } from "@/app/(auth)/actions";
import { AuthCard } from "@/components/auth/auth-card";
import { NewPasswordForm } from "@/components/auth/new-password-form";
import { buttonVariants } from "@/components/ui/button";
import { findPasswordReset } from "@/lib/auth/password-reset";

export const metadata: Metadata = { title: "New password", referrer: "no-referrer" };

export default async function NewPasswordPage({ params }: { params: Promise<{ token: string }> }) {
  const { token } = await params;
  const found = await findPasswordReset(token);
  if (!found) {
    return (
      <AuthCard
        title="This link does not work"
        lead="It was used or replaced by a newer one, or it is older than an hour. The person who runs this Catwalk can create another."
      >
        <a className={buttonVariants({ variant: "outline" })} href="/reset-password">
          How to get a link
        </a>
      </AuthCard>
    );
  }
  return (
    <AuthCard
      title="Choose a new password"
      lead={
        <>
          For <span className="break-all font-medium text-foreground">{found.email}</span>. You will be signed out in
          every other browser.
        </>
      }
    >
      <NewPasswordForm token={token} email={found.email} action={chooseNewPassword} />
    </AuthCard>
  );
}
