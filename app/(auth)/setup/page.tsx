import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { setUp } from "@/app/(auth)/actions";
import { AuthCard } from "@/components/auth/auth-card";
import { NewAccountForm } from "@/components/auth/new-account-form";
import { hasAccounts } from "@/lib/auth/accounts";
import { isSetupToken } from "@/lib/auth/setup-token";

export const metadata: Metadata = { title: "Set up", referrer: "no-referrer" };

interface Props {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function SetupPage({ searchParams }: Props) {
  if (await hasAccounts()) redirect("/sign-in");
  const { token } = await searchParams;
  if (typeof token !== "string" || !(await isSetupToken(token)))
    return <SetupLinkHelp wasGiven={token !== undefined} />;
  return (
    <AuthCard title="Set up Catwalk" lead="Create the owner’s account. You can invite other people later.">
      <NewAccountForm token={token} action={setUp} submitLabel="Create the owner's account" hasName={false} />
    </AuthCard>
  );
}

function SetupLinkHelp({ wasGiven }: { wasGiven: boolean }) {
  return (
    <AuthCard
      title="Set up Catwalk"
      lead={
        wasGiven
          ? "This setup link does not work. It may have been replaced by a newer one."
          : "There is no account here yet."
      }
    >
      <div className="grid gap-3 leading-6">
        <p>
          Open the setup link that Catwalk printed when it started. It is in the terminal where you ran{" "}
          <code className="rounded bg-muted px-1 py-0.5 font-mono text-[0.8125rem]">npm start</code>, or in the server’s
          log, and looks like this:
        </p>
        <p className="break-all rounded-md bg-muted px-3 py-2 font-mono text-[0.8125rem]">/setup?token=…</p>
        <p className="text-muted-foreground">
          Every start prints a new link, and only the newest one works. Or set{" "}
          <code className="font-mono text-[0.8125rem]">OWNER_EMAIL</code> and{" "}
          <code className="font-mono text-[0.8125rem]">OWNER_PASSWORD</code>, then restart Catwalk.
        </p>
      </div>
    </AuthCard>
  );
}
