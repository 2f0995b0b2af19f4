import { Skeleton } from "@/components/ui/skeleton";

export default function Loading() {
  return (
    <div role="status" aria-label="Loading" className="mx-auto grid max-w-3xl gap-8">
      <div className="grid gap-2">
        <Skeleton className="h-8 w-52" />
        <Skeleton className="h-5 w-96 max-w-full" />
      </div>
      <Skeleton className="h-24" />
    </div>
  );
}
