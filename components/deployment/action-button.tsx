import type { LucideIcon } from "lucide-react";
import { Button, type ButtonProps } from "@/components/ui/button";
import { Spinner } from "@/components/ui/spinner";

export interface ActionButtonProps extends ButtonProps {
  icon: LucideIcon;
  /** Ignores further clicks. The button stays enabled, because a disabled one would lose the focus. */
  isBusy: boolean;
}

/** Button for an action that takes a moment. */
export function ActionButton({ icon: Icon, isBusy, onClick, children, ...props }: ActionButtonProps) {
  return (
    <Button
      {...props}
      aria-disabled={isBusy || undefined}
      onClick={(event) => {
        if (isBusy) event.preventDefault();
        else onClick?.(event);
      }}
    >
      {isBusy ? <Spinner /> : <Icon aria-hidden="true" />}
      {children}
    </Button>
  );
}
