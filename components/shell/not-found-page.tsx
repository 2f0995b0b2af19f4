import { buttonVariants } from "@/components/ui/button";

/** Page for an unknown address, or for something of another account. Next loads its code with every page, so it has none. */
export function NotFoundPage() {
  return (
    <div className="mx-auto grid min-h-[60dvh] max-w-md content-center justify-items-start gap-4 px-4 py-16">
      <p className="font-mono text-brand text-sm">404</p>
      <div className="grid gap-2">
        <h1 className="font-semibold text-2xl tracking-tight">There is nothing here</h1>
        <p className="text-muted-foreground">
          The address may be wrong, the page may have been deleted, or it may belong to another account.
        </p>
      </div>
      <a href="/" className={buttonVariants()}>
        All deployments
      </a>
    </div>
  );
}
