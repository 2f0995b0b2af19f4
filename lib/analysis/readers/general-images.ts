/** Names of images that hold a runtime alone, by what is left without tag, registry and namespace. */
const RUNTIMES =
  /^(?:node|bun|deno|python|uv|uvx|golang|go|rust|openjdk|eclipse-temurin|ruby|php|alpine|debian|ubuntu|busybox)$/;
const RUNNERS = /^(?:node|npx|npm|pnpm|yarn|bunx?|deno|tsx|uvx?|pipx|python3?|java)$/;

/** Who publishes such images besides the official ones, which have no namespace. */
const PUBLISHERS = /^(?:docker\.io\/)?(?:(?:library|oven|denoland|astral-sh|ghcr\.io\/astral-sh)\/)?$/;

/**
 * Returns the command that a container of a mere runtime is given: `docker run node:22 npx -y thing-mcp`. The image says nothing there.
 * Null for an image of a program, and for a command that another one starts.
 */
export function commandInRuntime(image: string, behind: readonly string[]): { command: string; args: string[] } | null {
  const [command = "", ...args] = behind;
  const [namespace, name] = partsOf(image);
  return RUNTIMES.test(name) && PUBLISHERS.test(namespace) && RUNNERS.test(command) ? { command, args } : null;
}

/**
 * Databases and other services to which servers talk, by the names of their official images. Documentation starts one to try a server
 * with, and what it sets there is that service's own.
 */
const SERVICES = new Set(
  `postgres postgis/postgis pgvector/pgvector timescale/timescaledb mysql mysql/mysql-server mariadb mongo redis redis/redis-stack
  redis/redis-stack-server valkey/valkey memcached mssql/server mssql/rhel/server azure-sql-edge gvenzl/oracle-free gvenzl/oracle-xe
  elasticsearch elasticsearch/elasticsearch opensearchproject/opensearch kibana kibana/kibana neo4j memgraph/memgraph arangodb couchdb
  couchbase cassandra scylladb/scylla clickhouse clickhouse/clickhouse-server clickhouse-server influxdb questdb/questdb
  cockroachdb/cockroach trinodb/trino rabbitmq apache/kafka confluentinc/cp-kafka bitnami/kafka bitnami/postgresql nats
  eclipse-mosquitto emqx/emqx minio/minio localstack/localstack qdrant/qdrant chromadb/chroma milvusdb/milvus
  semitechnologies/weaviate weaviate/weaviate typesense/typesense getmeili/meilisearch solr keycloak/keycloak vault hashicorp/vault
  consul hashicorp/consul grafana/grafana grafana/loki prom/prometheus sonarqube jenkins/jenkins gitea/gitea wordpress nextcloud
  ollama/ollama searxng/searxng jaegertracing/all-in-one surrealdb/surrealdb falkordb/falkordb browserless/chrome selenium/standalone-chrome`.split(
    /\s+/,
  ),
);

/** Returns whether an image is that of a database or another service, which is no server of this protocol. */
export function isServiceImage(image: string): boolean {
  const [namespace, name] = partsOf(image);
  const whole = `${namespace}${name}`.replace(/^(?:docker\.io\/(?:library\/)?|library\/)/, "");
  return SERVICES.has(whole.replace(/^[\w-]{1,60}(?:\.[\w-]{1,60}){1,6}(?::\d{1,5})?\//, ""));
}

/** What stands before an image's name, with its last "/", and the name without a tag. */
function partsOf(image: string): [namespace: string, name: string] {
  const cut = image.slice(0, 300).lastIndexOf("/") + 1;
  const name = image.slice(cut, 300).split(/[:@]/)[0] ?? "";
  return [image.slice(0, cut), name.toLowerCase()];
}
