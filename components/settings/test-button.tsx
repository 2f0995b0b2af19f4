"use client";

import { CircleAlert, CircleCheck } from "lucide-react";
import { useState } from "react";
import { useServerAction } from "@/components/hooks/use-server-action";
import { Button } from "@/components/ui/button";
import { Spinner } from "@/components/ui/spinner";
import type { ActionResult } from "@/lib/http/user-action";

interface TestResult {
  ok: boolean;
  message: string;
}

export interface TestButtonProps {
  /** Completes the name of the button: "the language model". */
  what: string;
  test: (input: Record<string, never>) => Promise<ActionResult<TestResult>>;
}

/** Tests a connection with the saved settings and shows the result. */
export function TestButton({ what, test }: TestButtonProps) {
  const { run, isBusy, problem } = useServerAction(test);
  const [answer, setAnswer] = useState<TestResult | null>(null);
  const shown = problem ? { ok: false, message: problem } : answer;
  return (
    <>
      <Button
        variant="outline"
        aria-label={`Test ${what}`}
        disabled={isBusy}
        onClick={async () => {
          setAnswer(null);
          const result = await run({});
          if (result.ok) setAnswer(result.data);
        }}
      >
        {isBusy && <Spinner />}
        Test
      </Button>
      <p role="status" className="flex min-w-0 basis-full gap-1.5 leading-5 empty:hidden">
        {shown && !isBusy && (
          <>
            {shown.ok ? (
              <CircleCheck aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-success" />
            ) : (
              <CircleAlert aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-destructive" />
            )}
            <span className="min-w-0 break-words">{shown.message}</span>
          </>
        )}
      </p>
    </>
  );
}
