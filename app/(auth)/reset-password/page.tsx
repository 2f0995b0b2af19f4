import type { Metadata } from "next";
import { AuthCard } from "@/components/auth/auth-card";
import { buttonVariants } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";

export const metadata: Metadata = { title: "Forgot your password?" };

export default function ForgotPasswordPage() {
  return (
    <AuthCard
      title="Forgot your password?"
      lead="Catwalk sends no mail. The person who runs it creates a link for you, where you choose a new password."
    >
      <div className="grid gap-3 leading-6">
        <p>On the machine where Catwalk runs, in its folder:</p>
        <CodeBlock code="npm run reset-password -- you@example.com" label="command for a checkout" />
        <p>In a container of its image:</p>
        <CodeBlock code="node lib/cli/reset-password.ts you@example.com" label="command for the image" />
        <p className="text-muted-foreground">
          The command prints a link that works once, within an hour. Your deployments stay as they are.
        </p>
      </div>
      <a className={buttonVariants({ variant: "outline" })} href="/sign-in">
        Back to sign-in
      </a>
    </AuthCard>
  );
}
