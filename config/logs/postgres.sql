-- The log as tables of PostgreSQL: psql -f postgres.sql, beside director.jsonl.
-- In COPY's own format a backslash begins an escape, which breaks JSON with quotes in it. As CSV
-- whose quote and delimiter are characters that no line has, every line arrives as it is.
CREATE TABLE IF NOT EXISTS director_lines (
    line jsonb NOT NULL,
    id text GENERATED ALWAYS AS (line ->> 'event.id') STORED PRIMARY KEY
);

CREATE TEMPORARY TABLE arriving (line jsonb);
\copy arriving FROM 'director.jsonl' WITH (FORMAT csv, QUOTE e'\x01', DELIMITER e'\x02')
INSERT INTO director_lines (line) SELECT line FROM arriving ON CONFLICT DO NOTHING;

CREATE OR REPLACE VIEW director_decisions AS
SELECT
    (line ->> 'timestamp')::timestamptz AS decided_at,
    line ->> 'director.subject.name' AS service,
    line ->> 'deployment.environment.name' AS environment,
    line ->> 'director.decision.outcome' AS decision,
    (line ->> 'director.decision.score')::double precision AS score,
    line ->> 'director.evaluation.id' AS evaluation
FROM director_lines
WHERE line ->> 'event.name' = 'director.decision.made';
