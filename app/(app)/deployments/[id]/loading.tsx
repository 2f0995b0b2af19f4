import { Skeleton } from "@/components/ui/skeleton";

export default function Loading() {
  return (
    <div aria-busy="true" className="grid gap-6">
      <span role="status" className="sr-only">
        Loading the deployment
      </span>
      <div className="mb-2 grid gap-3">
        <Skeleton className="h-5 w-28" />
        <Skeleton className="h-8 w-72 max-w-full" />
        <Skeleton className="h-5 w-96 max-w-full" />
      </div>
      <Skeleton className="h-48 rounded-xl" />
      <Skeleton className="h-10" />
      <Skeleton className="h-72 rounded-xl" />
    </div>
  );
}
