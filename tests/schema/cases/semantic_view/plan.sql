CREATE WAREHOUSE IF NOT EXISTS WH
WITH
  ENABLE_QUERY_ACCELERATION = FALSE
  INITIALLY_SUSPENDED = TRUE;

CREATE DATABASE IF NOT EXISTS DB;

CREATE SCHEMA IF NOT EXISTS DB.S;

CREATE TABLE IF NOT EXISTS DB.S.CUSTOMERS (
  ID VARCHAR(8),
  NAME VARCHAR(16777216),
  ARR NUMBER(12, 2)
)
  CHANGE_TRACKING = TRUE;

CREATE TABLE IF NOT EXISTS DB.S.VISITS (
  ID NUMBER(38, 0),
  CUSTOMER_ID VARCHAR(8)
);

CREATE CORTEX SEARCH SERVICE IF NOT EXISTS DB.S.NAMES
  ON NAME
  WAREHOUSE = WH
  TARGET_LAG = '1 hours'
  EMBEDDING_MODEL = 'snowflake-arctic-embed-m-v1.5'
AS
SELECT name FROM DB.S.CUSTOMERS;

CREATE SEMANTIC VIEW IF NOT EXISTS DB.S.SALES
  TABLES (
    C AS DB.S.CUSTOMERS PRIMARY KEY (ID) WITH SYNONYMS = ('clients', 'buyer''s') COMMENT = 'Who buys',
    V AS DB.S.VISITS PRIMARY KEY (ID)
  )
  RELATIONSHIPS (
    VISIT_OF AS V (CUSTOMER_ID) REFERENCES C
  )
  FACTS (
    PRIVATE C.ARR_VALUE AS arr,
    C.IS_LARGE LABELS = (FILTER) AS c.arr_value > 100
  )
  DIMENSIONS (
    C.CUSTOMER_NAME AS name WITH SYNONYMS = ('company') COMMENT = 'Legal name' WITH CORTEX SEARCH SERVICE DB.S.NAMES
  )
  METRICS (
    C.TOTAL_ARR AS SUM(c.arr_value),
    ARR_PER_VISIT AS c.total_arr / 2
  )
  COMMENT = 'It''s for questions'
  AI_SQL_GENERATION 'Round to whole dollars'
  AI_QUESTION_CATEGORIZATION 'Refuse questions about salaries'
  AI_VERIFIED_QUERIES (
    BY_NAME AS (
      QUESTION 'What does each customer''s contract bring?'
      VERIFIED_AT 1793577600
      ONBOARDING_QUESTION TRUE
      VERIFIED_BY '(STEWARD = ada)'
      SQL 'SELECT * FROM SEMANTIC_VIEW(DB.S.SALES DIMENSIONS c.customer_name METRICS c.total_arr)'
    ),
    VISITS AS (
      QUESTION 'How many visits?'
      VERIFIED_AT 1793611800
      SQL 'SELECT COUNT(*) AS n FROM DB.S.VISITS'
    )
  );

CREATE MCP SERVER IF NOT EXISTS DB.S.ASSISTANT
  FROM SPECIFICATION '{\n  "tools": [\n    {\n      "name": "find",\n      "type": "CORTEX_SEARCH_SERVICE_QUERY",\n      "identifier": "DB.S.NAMES",\n      "title": "Find",\n      "description": "It''s a search"\n    },\n    {\n      "name": "ask",\n      "type": "CORTEX_ANALYST_MESSAGE",\n      "identifier": "DB.S.SALES",\n      "title": "ask",\n      "description": ""\n    }\n  ]\n}';
