import type { Metadata } from "next";
import { TokensCard } from "@/components/settings/tokens-card";
import { listApiTokens } from "@/lib/auth/api-tokens";
import { requireUser } from "@/lib/auth/session";
import { env } from "@/lib/env/env";
import { createToken, revokeToken } from "./actions";

export const metadata: Metadata = { title: "API tokens" };

export default async function TokensPage() {
  const user = await requireUser();
  return (
    <TokensCard
      tokens={await listApiTokens(user.id)}
      publicUrl={env().publicUrl}
      create={createToken}
      revoke={revokeToken}
    />
  );
}
