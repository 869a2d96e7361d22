"""DuckDB macros for functions of Snowflake that work on JSON and text."""

MACROS = r"""
CREATE OR REPLACE MACRO hush.hash(v) AS
    CAST((hash(CAST(v AS VARCHAR)) >> 1) AS BIGINT);
CREATE OR REPLACE MACRO hush.width_bucket(v, low, high, n) AS
    CASE WHEN v < low THEN 0 WHEN v >= high THEN n + 1
         ELSE CAST(floor((v - low) * n / (high - low)) AS BIGINT) + 1 END;
CREATE OR REPLACE MACRO hush.parse_json(t) AS CASE WHEN trim(t) = '' THEN NULL ELSE CAST(t AS JSON) END;
CREATE OR REPLACE MACRO hush.try_parse_json(t) AS
    CASE WHEN trim(t) = '' THEN NULL WHEN json_valid(t) THEN CAST(t AS JSON) ELSE NULL END;
CREATE OR REPLACE MACRO hush.json_text(v) AS CAST(json(to_json(v)) AS VARCHAR);
CREATE OR REPLACE MACRO hush.without_nulls(o) AS
    CAST('{' || coalesce(list_aggregate(list_transform(
        list_filter(json_keys(o), lambda k: json_type(json_extract(o, '$."' || k || '"')) <> 'NULL'),
        lambda k: CAST(to_json(k) AS VARCHAR) || ':' || CAST(json_extract(o, '$."' || k || '"') AS VARCHAR)
    ), 'string_agg', ','), '') || '}' AS JSON);
CREATE OR REPLACE MACRO hush.element(v, k) AS
    CASE WHEN json_type(v) = 'ARRAY' THEN json_extract(v, '$[' || CAST(k AS VARCHAR) || ']')
         ELSE json_extract(v, '$."' || CAST(k AS VARCHAR) || '"') END;
CREATE OR REPLACE MACRO hush.items(a) AS from_json(to_json(a), '["JSON"]');
CREATE OR REPLACE MACRO hush.to_array(v) AS
    CASE WHEN v IS NULL THEN NULL WHEN json_type(to_json(v)) = 'ARRAY' THEN to_json(v) ELSE json_array(v) END;
CREATE OR REPLACE MACRO hush.as_array(v) AS CASE WHEN json_type(v) = 'ARRAY' THEN v END;
CREATE OR REPLACE MACRO hush.as_object(v) AS CASE WHEN json_type(v) = 'OBJECT' THEN v END;
CREATE OR REPLACE MACRO hush.object_keys(o) AS to_json(json_keys(o));
CREATE OR REPLACE MACRO hush.array_agg(x) AS
    coalesce(to_json(list(x) FILTER (WHERE x IS NOT NULL)), CAST('[]' AS JSON));
CREATE OR REPLACE MACRO hush.array_unique_agg(x) AS
    coalesce(to_json(list(DISTINCT x) FILTER (WHERE x IS NOT NULL)), CAST('[]' AS JSON));
CREATE OR REPLACE MACRO hush.array_size(a) AS
    CASE WHEN json_type(a) = 'ARRAY' THEN CAST(json_array_length(a) AS BIGINT) END;
CREATE OR REPLACE MACRO hush.array_contains(x, a) AS list_contains(hush.items(a), to_json(x));
CREATE OR REPLACE MACRO hush.array_position(x, a) AS list_position(hush.items(a), to_json(x)) - 1;
CREATE OR REPLACE MACRO hush.array_to_string(a, s) AS
    coalesce(list_aggregate(list_transform(hush.items(a), lambda i: coalesce(i ->> '$', '')), 'string_agg', s), '');
CREATE OR REPLACE MACRO hush.array_cat(a, b) AS to_json(list_concat(hush.items(a), hush.items(b)));
CREATE OR REPLACE MACRO hush.array_append(a, x) AS to_json(list_append(hush.items(a), to_json(x)));
CREATE OR REPLACE MACRO hush.array_prepend(a, x) AS to_json(list_prepend(to_json(x), hush.items(a)));
CREATE OR REPLACE MACRO hush.array_distinct(a) AS to_json(list_distinct(hush.items(a)));
CREATE OR REPLACE MACRO hush.array_compact(a) AS
    to_json(list_filter(hush.items(a), lambda i: json_type(i) <> 'NULL'));
CREATE OR REPLACE MACRO hush.array_slice(a, f, t) AS
    to_json(list_slice(hush.items(a), CASE WHEN f < 0 THEN f ELSE f + 1 END, CASE WHEN t < 0 THEN t - 1 ELSE t END));
CREATE OR REPLACE MACRO hush.array_sort(a) AS to_json(list_sort(hush.items(a)));
CREATE OR REPLACE MACRO hush.arrays_overlap(a, b) AS list_has_any(hush.items(a), hush.items(b));
CREATE OR REPLACE MACRO hush.array_intersection(a, b) AS to_json(list_intersect(hush.items(a), hush.items(b)));
CREATE OR REPLACE MACRO hush.array_except(a, b) AS
    to_json(list_filter(hush.items(a), lambda i: NOT list_contains(hush.items(b), i)));
CREATE OR REPLACE MACRO hush.split(t, s) AS to_json(CASE WHEN s = '' THEN [t] ELSE string_split(t, s) END);
CREATE OR REPLACE MACRO hush.strtok_to_array(t, s) AS
    to_json(list_filter(string_split_regex(t, '[' || regexp_escape(s) || ']'), lambda i: i <> ''));
CREATE OR REPLACE MACRO hush.is_null_value(v) AS CASE WHEN v IS NULL THEN NULL ELSE json_type(v) = 'NULL' END;
CREATE OR REPLACE MACRO hush.variant_type(v) AS
    CASE json_type(to_json(v))
        WHEN 'VARCHAR' THEN 'VARCHAR' WHEN 'BOOLEAN' THEN 'BOOLEAN' WHEN 'ARRAY' THEN 'ARRAY'
        WHEN 'OBJECT' THEN 'OBJECT' WHEN 'NULL' THEN 'NULL_VALUE' WHEN 'DOUBLE' THEN 'DECIMAL'
        WHEN 'UBIGINT' THEN 'INTEGER' WHEN 'BIGINT' THEN 'INTEGER' WHEN 'HUGEINT' THEN 'INTEGER' END
"""
