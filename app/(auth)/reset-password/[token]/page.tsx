import type { Metadata } from "next";
import { headers } from "next/headers";
import Link from "next/link";
import { chooseNewPassword } from "@/app/(auth)/actions";
import { AuthCard } from "@/components/auth/auth-card";
import { NewPasswordForm } from "@/components/auth/new-password-form";
import { Button } from "@/components/ui/button";
import { findPasswordReset, type PasswordResetView } from "@/lib/auth/password-reset";
import { AppError } from "@/lib/errors/app-error";
import { findClientAddress } from "@/lib/http/client-address";

export const metadata: Metadata = { title: "New password", referrer: "no-referrer" };

export default async function NewPasswordPage({ params }: { params: Promise<{ token: string }> }) {
  const { token } = await params;
  const found = await findReset(token);
  if (typeof found === "string") return <AuthCard title="Too many attempts" lead={found} />;
  if (!found) {
    return (
      <AuthCard
        title="This link does not work"
        lead="It was used or replaced by a newer one, or it is older than an hour. The person who runs this Catwalk can create another."
      >
        <Button asChild variant="outline">
          <Link href="/reset-password">How to get a link</Link>
        </Button>
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

/** Finds what the link is for. Returns null when it does not work, or a text that says when to try again. */
async function findReset(token: string): Promise<PasswordResetView | string | null> {
  try {
    return await findPasswordReset(token, findClientAddress(await headers()));
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === "rate_limited") return thrown.hint ?? thrown.message;
    throw thrown;
  }
}
