import { CircleAlert, CircleCheck, CircleDashed, type LucideIcon } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { Badge, type BadgeProps } from "@/components/ui/badge";
import { CodeBlock } from "@/components/ui/code-block";
import { Spinner } from "@/components/ui/spinner";
import type { CheckResult, CheckState } from "@/lib/setup/check";
import { cn } from "@/lib/util/class-names";

interface StateLook {
  word: string;
  icon: LucideIcon;
  variant: NonNullable<BadgeProps["variant"]>;
  iconClass: string;
}

const LOOKS: Record<CheckState, StateLook> = {
  good: { word: "Good", icon: CircleCheck, variant: "success", iconClass: "text-success" },
  optional: { word: "Optional", icon: CircleDashed, variant: "secondary", iconClass: "text-muted-foreground" },
  bad: { word: "To do", icon: CircleAlert, variant: "destructive", iconClass: "text-destructive" },
};

/** Result of a check, with exactly what to do about it. */
export function CheckRow({ title, result }: { title: string; result: CheckResult }) {
  const { word, icon: Icon, variant, iconClass } = LOOKS[result.state];
  const { message, todo, command, page, detail } = result;
  return (
    <Row
      title={title}
      state={result.state}
      icon={<Icon aria-hidden="true" className={cn("mt-1 size-4", iconClass)} />}
      badge={<Badge variant={variant}>{word}</Badge>}
    >
      <p className="break-words leading-6">{message}</p>
      {todo && <p className="break-words text-muted-foreground leading-6">{todo}</p>}
      {command && <CodeBlock code={command} label={`what to set for ${title}`} className="mt-1.5" />}
      {page && (
        <p>
          <Link
            href={page.href}
            className="rounded-sm text-brand underline-offset-4 outline-none hover:underline focus-visible:ring-2 focus-visible:ring-ring"
          >
            {page.label}
          </Link>
        </p>
      )}
      {detail && (
        <details className="text-[0.8125rem]">
          <summary className="w-fit cursor-default rounded-sm text-muted-foreground underline-offset-4 outline-none hover:underline focus-visible:ring-2 focus-visible:ring-ring">
            Technical details
          </summary>
          <p className="mt-1 whitespace-pre-line break-words font-mono text-xs leading-5">{detail}</p>
        </details>
      )}
    </Row>
  );
}

/** Placeholder for a check that has not finished. */
export function PendingRow({ title }: { title: string }) {
  return (
    <Row
      title={title}
      state="pending"
      icon={<Spinner className="mt-1 text-muted-foreground" />}
      badge={<Badge variant="outline">Checking</Badge>}
    >
      {/* The height of most results, so that the rows below hardly move. */}
      <p className="min-h-12 text-muted-foreground leading-6">Checking…</p>
    </Row>
  );
}

interface RowProps {
  title: string;
  state: CheckState | "pending";
  icon: ReactNode;
  badge: ReactNode;
  children: ReactNode;
}

function Row({ title, state, icon, badge, children }: RowProps) {
  return (
    <li
      data-check={title}
      data-state={state}
      className="grid min-w-0 grid-cols-[1rem_minmax(0,1fr)] gap-x-3 px-5 py-4 sm:px-6"
    >
      {icon}
      <div className="grid min-w-0 gap-1">
        <div className="flex min-w-0 flex-wrap items-center justify-between gap-x-3 gap-y-1">
          <h3 className="font-medium leading-6">{title}</h3>
          {badge}
        </div>
        {children}
      </div>
    </li>
  );
}
