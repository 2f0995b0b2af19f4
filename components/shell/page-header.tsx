import type { ReactNode } from "react";

export interface PageHeaderProps {
  title: ReactNode;
  description?: ReactNode;
  /** Stands above the title: a link back. */
  above?: ReactNode;
  /** Beside the title: a badge. */
  badge?: ReactNode;
  /** At the end of the line: buttons. */
  actions?: ReactNode;
}

/** Header of a page with its only h1. */
export function PageHeader({ title, description, above, badge, actions }: PageHeaderProps) {
  return (
    <header className="mb-8 grid min-w-0 gap-3">
      {above && <div className="min-w-0 text-muted-foreground text-sm">{above}</div>}
      <div className="flex min-w-0 flex-wrap items-start justify-between gap-x-6 gap-y-4">
        <div className="grid min-w-0 max-w-full gap-1.5">
          <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-2">
            <h1 className="min-w-0 break-words font-semibold text-2xl leading-8 tracking-tight">{title}</h1>
            {badge}
          </div>
          {description && <div className="min-w-0 max-w-2xl break-words text-muted-foreground">{description}</div>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2 max-sm:w-full">{actions}</div>}
      </div>
    </header>
  );
}
