import AxeBuilder from "@axe-core/playwright";
import type { Page } from "playwright/test";

const WIDTHS = [1_280, 360];
const COLOR_SCHEMES = ["light", "dark"] as const;

/** Violations that axe calls serious, critical or moderate, in both color schemes and at both widths. */
export async function findViolations(target: Page): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of COLOR_SCHEMES) {
    await target.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const width of WIDTHS) {
      await target.setViewportSize({ width, height: 800 });
      const { violations } = await new AxeBuilder({ page: target }).analyze();
      for (const { id, impact, nodes } of violations) {
        if (impact === "minor") continue;
        found.push(`${id} (${impact}), ${colorScheme}, ${width} px: ${nodes.map((node) => node.html).join(" | ")}`);
      }
    }
  }
  return found;
}
