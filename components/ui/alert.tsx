import { cva, type VariantProps } from "class-variance-authority";
import type { ComponentProps } from "react";
import { cn } from "@/lib/util/class-names";

const alertVariants = cva(
  "grid w-full min-w-0 gap-y-1 rounded-lg border px-4 py-3 text-sm has-[>svg]:grid-cols-[1rem_minmax(0,1fr)] has-[>svg]:gap-x-3 [&>svg]:row-start-1 [&>svg]:mt-0.5 [&>svg]:size-4",
  {
    variants: {
      variant: {
        default: "bg-card text-card-foreground [&>svg]:text-muted-foreground",
        destructive: "border-destructive/30 bg-destructive-subtle [&>svg]:text-destructive",
        warning: "border-warning/30 bg-warning-subtle [&>svg]:text-warning",
        success: "border-success/30 bg-success-subtle [&>svg]:text-success",
        info: "border-info/25 bg-info-subtle [&>svg]:text-info",
      },
    },
    defaultVariants: { variant: "default" },
  },
);

export type AlertProps = ComponentProps<"div"> & VariantProps<typeof alertVariants>;

/** A message in the page. It announces itself (role "alert") only as "destructive"; give a role to say otherwise. */
export function Alert({ className, variant, role, ...props }: AlertProps) {
  return (
    <div
      data-slot="alert"
      role={role ?? (variant === "destructive" ? "alert" : undefined)}
      className={cn(alertVariants({ variant }), className)}
      {...props}
    />
  );
}

export function AlertTitle({ className, ...props }: ComponentProps<"p">) {
  return (
    <p
      data-slot="alert-title"
      className={cn(
        "min-w-0 break-words font-medium leading-5 in-[[data-slot=alert]:has(>svg)]:col-start-2",
        className,
      )}
      {...props}
    />
  );
}

export function AlertDescription({ className, ...props }: ComponentProps<"div">) {
  return (
    <div
      data-slot="alert-description"
      className={cn(
        "min-w-0 break-words text-muted-foreground leading-5 in-[[data-slot=alert]:has(>svg)]:col-start-2",
        className,
      )}
      {...props}
    />
  );
}
