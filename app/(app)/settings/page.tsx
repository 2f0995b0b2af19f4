import type { Metadata } from "next";
import { EmailForm } from "@/components/settings/email-form";
import { NameForm } from "@/components/settings/name-form";
import { PasswordForm } from "@/components/settings/password-form";
import { SessionsCard } from "@/components/settings/sessions-card";
import { getSignInMethods } from "@/lib/auth/accounts";
import { requireUser } from "@/lib/auth/session";
import { changeMyEmail, changeMyPassword, rename, signOutElsewhere } from "./actions";

export const metadata: Metadata = { title: "Account" };

export default async function AccountPage() {
  const user = await requireUser();
  const methods = await getSignInMethods(user.id);
  return (
    <>
      <NameForm name={user.name} email={user.email} role={user.role} gitHub={methods.gitHub} action={rename} />
      <EmailForm key={user.email} email={user.email} hasPassword={methods.password} action={changeMyEmail} />
      <PasswordForm email={user.email} hasPassword={methods.password} action={changeMyPassword} />
      <SessionsCard action={signOutElsewhere} />
    </>
  );
}
