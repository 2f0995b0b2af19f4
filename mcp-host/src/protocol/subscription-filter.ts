import { isObject } from "./json.ts";
import { ERROR_CODES, type ErrorBody } from "./jsonrpc.ts";
import { LIST_CHANGES } from "./lists.ts";

const MAX_RESOURCES = 256;

/** What a `subscriptions/listen` stream reports: notifications by method, and resources by URI. */
export interface SubscriptionFilter {
  methods: Set<string>;
  resources: string[];
}

/** Reads the filter of a `subscriptions/listen` request. Drops what the server does not offer. */
export function readSubscriptionFilter(
  value: unknown,
  offers: (capability: string, feature: string) => boolean,
): SubscriptionFilter | { error: ErrorBody } {
  const invalid = (message: string): { error: ErrorBody } => ({ error: { code: ERROR_CODES.invalidParams, message } });
  if (!isObject(value)) return invalid("params.notifications must be an object");
  const wanted = LIST_CHANGES.filter(({ filter }) => value[filter] === true);
  const uris = value.resourceSubscriptions ?? [];
  if (!Array.isArray(uris) || !uris.every((uri) => typeof uri === "string")) {
    return invalid("resourceSubscriptions must be an array of URIs");
  }
  if (uris.length > MAX_RESOURCES) return invalid(`resourceSubscriptions may hold ${MAX_RESOURCES} URIs`);
  const changes = wanted.filter(({ capability }) => offers(capability, "listChanged"));
  return {
    methods: new Set(changes.map(({ notification }) => notification)),
    resources: offers("resources", "subscribe") ? [...new Set(uris)] : [],
  };
}
