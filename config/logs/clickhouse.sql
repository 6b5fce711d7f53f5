-- The log as tables of ClickHouse: clickhouse local --queries-file clickhouse.sql, beside
-- director.jsonl; on a server: clickhouse-client --query "INSERT INTO director_lines FORMAT
-- LineAsString" < director.jsonl. The line stays as it was written; what is asked for often is a
-- column. Loading a line again changes nothing where FINAL is said.
CREATE TABLE IF NOT EXISTS director_lines
(
    line String CODEC(ZSTD),
    at DateTime64(6, 'UTC')
        MATERIALIZED parseDateTime64BestEffort(JSONExtractString(line, 'timestamp'), 6, 'UTC'),
    name LowCardinality(String) MATERIALIZED JSONExtractString(line, 'event.name'),
    id String MATERIALIZED JSONExtractString(line, 'event.id')
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (name, at, id);

INSERT INTO director_lines (line)
SELECT line FROM file('director.jsonl', 'LineAsString', 'line String');

CREATE OR REPLACE VIEW director_decisions AS
SELECT
    at AS decided_at,
    JSONExtractString(line, 'director.subject.name') AS service,
    JSONExtractString(line, 'deployment.environment.name') AS environment,
    JSONExtractString(line, 'director.decision.outcome') AS decision,
    JSONExtract(line, 'director.decision.score', 'Nullable(Float64)') AS score,
    JSONExtractString(line, 'director.evaluation.id') AS evaluation
FROM director_lines FINAL
WHERE name = 'director.decision.made';
