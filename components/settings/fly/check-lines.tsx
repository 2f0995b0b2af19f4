import { CircleAlert, CircleCheck, CircleDashed, type LucideIcon } from "lucide-react";
import type { CheckLine, FlyCheck } from "@/lib/settings/fly";
import { cn } from "@/lib/util/class-names";

const LOOKS: Record<CheckLine["state"], { word: string; icon: LucideIcon; className: string }> = {
  ok: { word: "ok", icon: CircleCheck, className: "text-success" },
  failed: { word: "failed", icon: CircleAlert, className: "text-destructive" },
  unknown: { word: "unknown", icon: CircleDashed, className: "text-muted-foreground" },
  not_set: { word: "not set", icon: CircleDashed, className: "text-warning" },
};

/** Results of the checks at Fly, one line each, with what to do. */
export function CheckLines({ check }: { check: FlyCheck }) {
  const lines: [string, CheckLine][] = [
    ["Token", check.token],
    ["Organization", check.org],
    ["Creating apps", check.createApps],
    ["Image", check.image],
  ];
  return (
    <ul aria-label="Checks at Fly" className="divide-y rounded-lg border">
      {lines.map(([title, line]) => {
        const { word, icon: Icon, className } = LOOKS[line.state];
        return (
          <li
            key={title}
            data-line={title}
            data-state={line.state}
            className="grid min-w-0 grid-cols-[1rem_minmax(0,1fr)] gap-x-3 px-4 py-3"
          >
            <Icon aria-hidden="true" className={cn("mt-0.5 size-4", className)} />
            <div className="grid min-w-0 gap-0.5 leading-5">
              <p className="min-w-0 break-words">
                <span className="font-medium">{title}</span>
                <span className="sr-only">, {word}</span>: {line.message}
              </p>
              {line.hint && <p className="break-words text-muted-foreground">{line.hint}</p>}
              {line.detail && (
                <p className="whitespace-pre-line break-words font-mono text-muted-foreground text-xs">{line.detail}</p>
              )}
            </div>
          </li>
        );
      })}
    </ul>
  );
}
