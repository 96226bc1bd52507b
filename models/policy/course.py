"""mart.grade_course: the runs of every firm in the order of firms, so that one firm's history is one look."""

from __future__ import annotations

from pipeline.stores.warehouse import Warehouse


def write_course(warehouse: Warehouse) -> None:
    """Write (uscc, as_of, credit_score, grade, score_kind, is_backcast, is_own, model_id), one row a firm and date, ordered by firm.

    Reads mart.grade, mart.risk_score and mart.grade_history. A grade that was issued stands before one that was computed back for the
    same date, the latest issue before earlier ones. `is_own`: this build holds the points of that date's score too.
    """
    warehouse.execute("""
        CREATE OR REPLACE TABLE mart.grade_course AS
        WITH issued AS (
            SELECT uscc, as_of, arg_max({'credit_score': credit_score, 'grade': grade, 'score_kind': score_kind, 'model_id': model_id}, issued_at) AS was
            FROM mart.grade_history WHERE NOT is_backcast AND grade IS NOT NULL GROUP BY uscc, as_of
        ), model AS (SELECT as_of, max(model_id) AS model_id FROM mart.risk_score GROUP BY as_of),
        own AS (SELECT uscc, as_of, credit_score, grade, score_kind, is_backcast FROM mart.grade WHERE grade IS NOT NULL)
        SELECT uscc, as_of,
            CASE WHEN is_backcast IS DISTINCT FROM false AND was IS NOT NULL THEN was.credit_score ELSE credit_score END AS credit_score,
            CASE WHEN is_backcast IS DISTINCT FROM false AND was IS NOT NULL THEN was.grade ELSE grade END AS grade,
            CASE WHEN is_backcast IS DISTINCT FROM false AND was IS NOT NULL THEN was.score_kind ELSE score_kind END AS score_kind,
            coalesce(is_backcast, false) AND was IS NULL AS is_backcast,
            is_backcast IS NOT NULL AS is_own,
            CASE WHEN is_backcast IS DISTINCT FROM false AND was IS NOT NULL THEN was.model_id ELSE model_id END AS model_id
        FROM own FULL JOIN issued USING (uscc, as_of) LEFT JOIN model USING (as_of) ORDER BY uscc, as_of""")
