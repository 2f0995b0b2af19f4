import { recordChange } from "../admin-log/record.ts";
import { decrypt, encrypt } from "../crypto/cipher.ts";
import { db } from "../db/client.ts";

/** The settings that are stored in the database, with their names in the administrator's log. */
const SETTINGS = {
  language_model_provider: { secret: false, label: "the language model's provider" },
  language_model_api_key: { secret: true, label: "the language model's key" },
  language_model_base_url: { secret: false, label: "the language model's address" },
  language_model_name: { secret: false, label: "the language model's name" },
  github_token: { secret: true, label: "the GitHub token" },
  fly_token: { secret: true, label: "the Fly token" },
  fly_org: { secret: false, label: "Fly's organization" },
  fly_region: { secret: false, label: "Fly's region" },
  fly_image: { secret: false, label: "the image of machines" },
  quota_deployments: { secret: false, label: "the quota of deployments" },
  quota_running: { secret: false, label: "the quota of running deployments" },
  quota_analyses: { secret: false, label: "the quota of analyses" },
  call_records_days: { secret: false, label: "how long call records are kept" },
  call_records_max: { secret: false, label: "how many call records are kept" },
} as const;

export type SettingKey = keyof typeof SETTINGS;

const SETTING_KEYS = Object.keys(SETTINGS) as SettingKey[];

/**
 * Returns a setting's value, or null when it is not set.
 *
 * @throws AppError `encryption_key_missing` when no configured key decrypts it
 */
export async function getSetting(key: SettingKey): Promise<string | null> {
  return (await getSettings([key]))[key] ?? null;
}

/**
 * Returns several settings in one query. Settings that are not set are absent.
 *
 * @throws AppError `encryption_key_missing` when no configured key decrypts one of them
 */
export async function getSettings<K extends SettingKey>(keys: readonly K[]): Promise<Partial<Record<K, string>>> {
  const rows = await db().setting.findMany({ where: { key: { in: [...keys] } } });
  const values: Partial<Record<K, string>> = {};
  for (const key of keys) {
    const row = rows.find((candidate) => candidate.key === key);
    if (row) values[key] = row.encrypted ? decrypt(row.value, { scope: "settings", field: key }) : row.value;
  }
  return values;
}

/** Sets a setting. Encrypts it when it is a secret. */
export async function setSetting(key: SettingKey, value: string): Promise<void> {
  await setSettings({ [key]: value });
}

/** Sets several settings in one transaction. Null removes a setting. */
export async function setSettings(values: Partial<Record<SettingKey, string | null>>): Promise<void> {
  await db().$transaction(async (tx) => {
    await recordChange(tx, { action: "settings.changed", userId: null, summary: describeChange(values) });
    for (const key of SETTING_KEYS) {
      const value = values[key];
      if (value === undefined) continue;
      if (value === null) {
        await tx.setting.deleteMany({ where: { key } });
        continue;
      }
      const encrypted = SETTINGS[key].secret;
      const data = { value: encrypted ? encrypt(value, { scope: "settings", field: key }) : value, encrypted };
      await tx.setting.upsert({ where: { key }, create: { key, ...data }, update: data });
    }
  });
}

/** Describes which settings get a value and which lose theirs. Values are left out, since an address can hold a credential too. */
function describeChange(values: Partial<Record<SettingKey, string | null>>): string {
  const keys = SETTING_KEYS.filter((key) => values[key] !== undefined);
  const list = (hasValue: boolean) =>
    keys
      .filter((key) => (values[key] !== null) === hasValue)
      .map((key) => SETTINGS[key].label)
      .join(", ");
  const [set, cleared] = [list(true), list(false)];
  return [set && `Set ${set}.`, cleared && `Cleared ${cleared}.`].filter(Boolean).join(" ") || "Changed no setting.";
}

/** Removes a setting. A setting that is not set is not an error. */
export async function deleteSetting(key: SettingKey): Promise<void> {
  await setSettings({ [key]: null });
}

/** Returns when each of these settings was last set. Decrypts none. */
export async function getSettingTimes<K extends SettingKey>(keys: readonly K[]): Promise<Partial<Record<K, Date>>> {
  const rows = await db().setting.findMany({
    where: { key: { in: [...keys] } },
    select: { key: true, updatedAt: true },
  });
  const times: Partial<Record<K, Date>> = {};
  for (const key of keys) {
    const row = rows.find((candidate) => candidate.key === key);
    if (row) times[key] = row.updatedAt;
  }
  return times;
}
