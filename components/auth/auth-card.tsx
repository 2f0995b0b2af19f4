import type { ReactNode } from "react";
import { Card, CardContent } from "@/components/ui/card";

/** Card of a page without a signed-in person. */
export function AuthCard({ title, lead, children }: { title: string; lead?: ReactNode; children?: ReactNode }) {
  return (
    <Card>
      <CardContent className="grid gap-5">
        <div className="grid gap-1.5">
          <h1 className="font-semibold text-xl leading-7 tracking-tight">{title}</h1>
          {lead && <div className="text-muted-foreground leading-6">{lead}</div>}
        </div>
        {children}
      </CardContent>
    </Card>
  );
}
