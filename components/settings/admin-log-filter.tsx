import { Button, buttonVariants } from "@/components/ui/button";
import { ButtonLink } from "@/components/ui/button-link";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { NativeSelect } from "@/components/ui/native-select";
import { ADMIN_CATEGORIES, ADMIN_CATEGORY_NAMES } from "@/lib/admin-log/actions";
import { cn } from "@/lib/util/class-names";

export interface AdminLogFilterProps {
  /** The filled parameters of the page's address. */
  asked: Record<string, string>;
  /** The address has a value that is none. */
  isRefused: boolean;
}

/** Chooses what the log shows. A form with GET: the choice is in the address, which can be kept and sent. */
export function AdminLogFilter({ asked, isRefused }: AdminLogFilterProps) {
  const { limit: _limit, cursor: _cursor, ...chosen } = asked;
  const isFiltered = Object.keys(chosen).length > 0;
  return (
    <form method="get" action="/settings/log" className="grid gap-4 sm:grid-cols-2" aria-label="Filter of the log">
      <Field label="What" htmlFor="log-category">
        <NativeSelect id="log-category" name="category" defaultValue={asked.category ?? ""} key={asked.category}>
          <option value="">Everything</option>
          {ADMIN_CATEGORY_NAMES.map((name) => (
            <option key={name} value={name}>
              {ADMIN_CATEGORIES[name]}
            </option>
          ))}
        </NativeSelect>
      </Field>
      <Field label="Person" htmlFor="log-person">
        <Input
          id="log-person"
          name="person"
          inputMode="email"
          autoComplete="off"
          placeholder="E-mail address"
          maxLength={254}
          defaultValue={asked.person}
          key={asked.person}
        />
      </Field>
      <Field label="From" htmlFor="log-from">
        <Input id="log-from" name="from" type="date" defaultValue={asked.from?.slice(0, 10)} key={asked.from} />
      </Field>
      <Field
        label="Until"
        htmlFor="log-until"
        error={isRefused ? "The address of this page asks for something that the log does not have." : null}
      >
        <Input id="log-until" name="until" type="date" defaultValue={asked.until?.slice(0, 10)} key={asked.until} />
      </Field>
      <div className="flex flex-wrap items-center gap-2 sm:col-span-2">
        <Button type="submit" variant="secondary">
          Show
        </Button>
        {isFiltered && (
          <ButtonLink variant="ghost" href="/settings/log">
            Show everything
          </ButtonLink>
        )}
        <a
          className={cn(buttonVariants({ variant: "outline" }), "ml-auto")}
          href={`/api/log/csv?${new URLSearchParams(chosen)}`}
          download
        >
          Export as CSV
        </a>
      </div>
    </form>
  );
}
