"use client";

import { RotateCw } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTransition } from "react";
import { Button } from "@/components/ui/button";
import { Spinner } from "@/components/ui/spinner";

/** Renders the page again, which repeats every check. */
export function CheckAgain() {
  const router = useRouter();
  const [isPending, startTransition] = useTransition();
  return (
    <Button
      variant="outline"
      size="sm"
      aria-disabled={isPending || undefined}
      onClick={() => !isPending && startTransition(() => router.refresh())}
    >
      {isPending ? <Spinner /> : <RotateCw aria-hidden="true" />}
      Check again
    </Button>
  );
}
