import {
  CircleCheck,
  CircleDashed,
  CirclePause,
  LoaderCircle,
  type LucideIcon,
  Moon,
  Trash2,
  TriangleAlert,
} from "lucide-react";
import { Badge, type BadgeProps } from "@/components/ui/badge";
import type { DeploymentStatus } from "@/lib/deployments/view";
import { cn } from "@/lib/util/class-names";

interface StatusLook {
  word: string;
  meaning: string;
  icon: LucideIcon;
  variant: NonNullable<BadgeProps["variant"]>;
  moves?: boolean;
}

export const STATUS_LOOKS: Record<DeploymentStatus, StatusLook> = {
  pending: { word: "Pending", meaning: "Waiting for its turn.", icon: CircleDashed, variant: "secondary" },
  deploying: { word: "Deploying", meaning: "On its way to live.", icon: LoaderCircle, variant: "brand", moves: true },
  live: { word: "Live", meaning: "Runs and answers.", icon: CircleCheck, variant: "success" },
  sleeping: { word: "Sleeping", meaning: "Starts by itself with the next call.", icon: Moon, variant: "info" },
  failing: {
    word: "Failing",
    meaning: "Does not run; its page says why.",
    icon: TriangleAlert,
    variant: "destructive",
  },
  stopped: { word: "Stopped", meaning: "Stopped by hand; calls are refused.", icon: CirclePause, variant: "secondary" },
  deleting: { word: "Deleting", meaning: "Being removed.", icon: Trash2, variant: "secondary", moves: true },
};

/** A deployment's state as icon, word and colour. */
export function StatusBadge({ status, className }: { status: DeploymentStatus; className?: string }) {
  const { word, meaning, icon: Icon, variant, moves } = STATUS_LOOKS[status];
  return (
    <Badge variant={variant} title={meaning} data-status={status} className={className}>
      <Icon aria-hidden="true" className={cn(moves && (status === "deploying" ? "animate-spin" : "animate-lamp"))} />
      {word}
    </Badge>
  );
}
