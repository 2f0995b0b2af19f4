import { CircleCheck, Lock } from "lucide-react";
import { RelativeTime } from "@/components/ui/relative-time";
import type { Origin } from "@/lib/settings/language-model";

export interface SecretStateProps {
  origin: Origin;
  updatedAt: string | null;
  /** Text when no secret is set. */
  none: string;
}

/** Says whether a secret is set and since when. Never shows the secret. */
export function SecretState({ origin, updatedAt, none }: SecretStateProps) {
  if (origin === "environment") {
    return (
      <p className="flex items-center gap-2 text-muted-foreground">
        <Lock aria-hidden="true" className="size-4 shrink-0" />
        Set by the environment
      </p>
    );
  }
  if (origin !== "settings") return <p className="text-muted-foreground">{none}</p>;
  return (
    <p className="flex items-center gap-2">
      <CircleCheck aria-hidden="true" className="size-4 shrink-0 text-success" />
      <span>
        Set <RelativeTime value={updatedAt} />
      </span>
    </p>
  );
}
