import { CircleHelp } from "lucide-react";
import { useEffect, useRef } from "react";
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import type { ErrorBody, SourceChoice } from "@/lib/errors/app-error";

export interface SourceChoicesProps {
  error: ErrorBody;
  choices: readonly SourceChoice[];
  onChoose: (source: string) => void;
}

/** Asks which of several sources is meant, with a button for each. */
export function SourceChoices({ error, choices, onChoose }: SourceChoicesProps) {
  const question = useRef<HTMLDivElement>(null);
  useEffect(() => question.current?.focus({ preventScroll: true }), []);
  return (
    <Alert ref={question} variant="info" role="group" aria-label="Which package is meant?" tabIndex={-1}>
      <CircleHelp aria-hidden="true" />
      <AlertTitle>{error.message}</AlertTitle>
      <AlertDescription className="grid gap-3">
        <p>Packages of one name on npm and PyPI are most often two people’s. Select the one that you mean.</p>
        <ul className="grid gap-3">
          {choices.map(({ source, description }) => (
            <li key={source} className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <Button variant="outline" className="max-w-full font-mono" onClick={() => onChoose(source)}>
                <span className="truncate">{source}</span>
              </Button>
              <span className="min-w-0 break-words text-muted-foreground">{description}</span>
            </li>
          ))}
        </ul>
      </AlertDescription>
    </Alert>
  );
}
