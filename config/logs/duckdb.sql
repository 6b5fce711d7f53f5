-- The log as tables of DuckDB: duckdb -c ".read duckdb.sql", beside director.jsonl.
-- Keys have dots: put them in double quotes.
CREATE OR REPLACE VIEW director_lines AS
SELECT * FROM read_json('director.jsonl', format = 'newline_delimited', union_by_name = true);

CREATE OR REPLACE VIEW director_decisions AS
SELECT
    "timestamp" AS decided_at,
    "director.subject.name" AS service,
    "director.decision.outcome" AS decision,
    "director.decision.score" AS score,
    "director.evaluation.id" AS evaluation
FROM director_lines
WHERE "event.name" = 'director.decision.made';
