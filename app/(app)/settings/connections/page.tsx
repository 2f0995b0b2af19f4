import type { Metadata } from "next";
import { GitHubCard } from "@/components/settings/github-card";
import { LanguageModelCard } from "@/components/settings/language-model-card";
import { OwnerOnly } from "@/components/settings/owner-only";
import { ReadOnly } from "@/components/settings/read-only";
import { requireUser } from "@/lib/auth/session";
import { mayManagePeople } from "@/lib/auth/user";
import { viewGitHub } from "@/lib/settings/github";
import { viewLanguageModel } from "@/lib/settings/language-model";
import {
  checkGitHub,
  checkLanguageModel,
  clearGitHub,
  clearLanguageModel,
  storeGitHub,
  storeLanguageModel,
} from "./actions";

export const metadata: Metadata = { title: "Connections" };

export default async function ConnectionsPage() {
  const user = await requireUser();
  if (!mayManagePeople(user)) return <OwnerOnly />;
  const [languageModel, gitHub] = await Promise.all([viewLanguageModel(user), viewGitHub(user)]);
  return (
    <ReadOnly isReadOnly={user.role !== "owner"}>
      <LanguageModelCard
        view={languageModel}
        save={storeLanguageModel}
        remove={clearLanguageModel}
        test={checkLanguageModel}
      />
      <GitHubCard view={gitHub} save={storeGitHub} remove={clearGitHub} test={checkGitHub} />
    </ReadOnly>
  );
}
