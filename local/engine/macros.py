"""DuckDB macros for functions of Snowflake that work on VARIANT and text.

A VARIANT is JSON as `language/variants.py` writes it: U+0001 and a letter start the string of what
JSON has no form for.
"""

MACROS = r"""
CREATE OR REPLACE MACRO hush.months_between(a, b) AS list_transform([{'a': a, 'b': b}], lambda x:
    CAST((year(x.a) - year(x.b)) * 12 + month(x.a) - month(x.b)
    + CASE WHEN day(x.a) = day(x.b) OR (CAST(x.a AS DATE) = last_day(x.a) AND CAST(x.b AS DATE) = last_day(x.b)) THEN 0.0
           ELSE round((day(x.a) - day(x.b) + (epoch(CAST(x.a AS TIME)) - epoch(CAST(x.b AS TIME))) / 86400.0) / 31.0, 6)
      END AS DOUBLE))[1];
CREATE OR REPLACE MACRO hush.time_of(h, m, s, n) AS CAST(make_timestamp(
    ((CAST(h AS BIGINT) * 3600 + m * 60 + s) * 1000000 + n // 1000) % 86400000000) AS TIME);
CREATE OR REPLACE MACRO hush.after_midnight(d, h, m, s, n) AS make_timestamp(
    epoch_us(CAST(d AS TIMESTAMP)) + (CAST(h AS BIGINT) * 3600 + m * 60 + s) * 1000000 + n // 1000);
CREATE OR REPLACE MACRO hush.cut_time(t, unit) AS
    CAST(make_timestamp((epoch_us(DATE '1970-01-01' + t) // unit) * unit) AS TIME);
CREATE OR REPLACE MACRO hush.translated(t, source, target) AS
    CASE WHEN length(target) > length(source)
         THEN hush_fail('String ''' || left(target, 60) || ''' is too long and would be truncated')
         ELSE translate(t, source, target) END;
CREATE OR REPLACE MACRO hush.number_text(t) AS CASE t WHEN 'true' THEN '1' WHEN 'false' THEN '0' ELSE t END;
CREATE OR REPLACE MACRO hush.float_digits(x, scale) AS printf('%.' || CAST(scale AS VARCHAR) || 'f', CAST(x AS DOUBLE));
CREATE OR REPLACE MACRO hush.float_boolean(x, safe) AS
    CASE WHEN NOT isfinite(x) THEN CASE WHEN NOT safe
         THEN CAST(hush_fail('Boolean value ''' || hush_float_text(x) || ''' is not recognized') AS BOOLEAN) END
         ELSE x <> 0 END;
CREATE OR REPLACE MACRO hush.text_boolean(t, safe) AS list_transform([t], lambda x:
    CASE WHEN lower(x) IN ('true', 't', 'yes', 'y', 'on', '1') THEN true
         WHEN lower(x) IN ('false', 'f', 'no', 'n', 'off', '0') THEN false
         WHEN x IS NULL OR safe THEN NULL
         ELSE CAST(hush_fail('Boolean value ''' || left(x, 60) || ''' is not recognized') AS BOOLEAN) END)[1];
CREATE OR REPLACE MACRO hush.text_date(t, form, safe) AS list_transform([t], lambda x:
    CASE WHEN form = '' AND regexp_full_match(x, '\d{4}-\d{2}-\d{2}') AND TRY_CAST(x AS DATE) IS NOT NULL
         THEN TRY_CAST(x AS DATE) ELSE hush_text_date(x, form, safe) END)[1];
CREATE OR REPLACE MACRO hush.text_timestamp(t, form, safe) AS list_transform([t], lambda x:
    CASE WHEN form = '' AND regexp_full_match(x, '\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(\.\d{1,6})?')
              AND TRY_CAST(x AS TIMESTAMP) IS NOT NULL
         THEN TRY_CAST(x AS TIMESTAMP) ELSE hush_text_timestamp(x, form, safe) END)[1];
CREATE OR REPLACE MACRO hush.text_time(t, form, safe) AS list_transform([t], lambda x:
    CASE WHEN form = '' AND regexp_full_match(x, '\d{2}:\d{2}:\d{2}(\.\d{1,6})?') AND TRY_CAST(x AS TIME) IS NOT NULL
         THEN TRY_CAST(x AS TIME) ELSE hush_text_time(x, form, safe) END)[1];
CREATE OR REPLACE MACRO hush.any_date(v, safe) AS list_transform([v], lambda x:
    CASE WHEN typeof(x) = 'VARCHAR' THEN hush.text_date(CAST(x AS VARCHAR), '', safe)
         ELSE CAST(left(hush.moment(x), 10) AS DATE) END)[1];
CREATE OR REPLACE MACRO hush.any_timestamp(v, safe) AS list_transform([v], lambda x:
    CASE WHEN typeof(x) = 'VARCHAR' THEN hush.text_timestamp(CAST(x AS VARCHAR), '', safe)
         WHEN hush.is_count(typeof(x)) THEN hush.counted(CAST(x AS VARCHAR))
         WHEN typeof(x) IN ('INTERVAL', 'TIMESTAMP WITH TIME ZONE') THEN hush.wall_of(x)
         ELSE CAST(CAST(x AS VARCHAR) AS TIMESTAMP) END)[1];
CREATE OR REPLACE MACRO hush.any_time(v, safe) AS list_transform([v], lambda x:
    CASE WHEN typeof(x) = 'VARCHAR' THEN hush.text_time(CAST(x AS VARCHAR), '', safe)
         ELSE hush.text_time(regexp_extract(hush.moment(x), '\d{2}:\d{2}:\d{2}(\.\d+)?'), '', safe) END)[1];
CREATE OR REPLACE MACRO hush.formatted(v, form) AS list_transform([v], lambda x:
    CASE WHEN typeof(x) IN ('DATE', 'TIME', 'TIMESTAMP', 'TIMESTAMP WITH TIME ZONE', 'INTERVAL')
         THEN hush_moment_format(hush.moment(x), form) ELSE hush_number_format(CAST(x AS VARCHAR), form) END)[1];
CREATE OR REPLACE MACRO hush.hash(v) AS
    CAST((hash(CAST(v AS VARCHAR)) >> 1) AS BIGINT);
CREATE OR REPLACE MACRO hush.randstr(size, gen) AS list_transform([{'n': CAST(size AS BIGINT), 'g': CAST(gen AS VARCHAR)}],
    lambda x: CASE WHEN x.g IS NOT NULL THEN array_to_string(list_transform(range(x.n), lambda i:
        substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
               1 + CAST(hash(x.g || ' ' || CAST(i AS VARCHAR)) % 62 AS BIGINT), 1)), '') END)[1];
CREATE OR REPLACE MACRO hush.width_bucket(v, low, high, n) AS
    CASE WHEN v < low THEN 0 WHEN v >= high THEN n + 1
         ELSE CAST(floor((v - low) * n / (high - low)) AS BIGINT) + 1 END;
CREATE OR REPLACE MACRO hush.bitmap_bucket(n) AS CAST(CASE WHEN n > 0 THEN (n - 1) // 32768 + 1 ELSE n // 32768 END AS BIGINT);
CREATE OR REPLACE MACRO hush.bitmap_bit(n) AS CAST(CASE WHEN n > 0 THEN (n - 1) % 32768 ELSE abs(n) % 32768 END AS BIGINT);
CREATE OR REPLACE MACRO hush.getbit(a, n) AS
    CASE WHEN n < 0 THEN NULL WHEN n > 62 THEN CASE WHEN a < 0 THEN 1 ELSE 0 END ELSE (a >> n) & 1 END;
CREATE OR REPLACE MACRO hush.haversine(lat1, lon1, lat2, lon2) AS CAST(2 * 6371 * asin(sqrt(
    pow(sin(radians(lat2 - lat1) / 2), 2)
    + cos(radians(lat1)) * cos(radians(lat2)) * pow(sin(radians(lon2 - lon1) / 2), 2))) AS DOUBLE);
CREATE OR REPLACE MACRO hush.tagged(letter, t) AS to_json(chr(1) || letter || t);
CREATE OR REPLACE MACRO hush.text_variant(v) AS list_transform([v], lambda x:
    to_json(CASE WHEN starts_with(x, chr(1)) THEN chr(1) || 'S' || x ELSE x END))[1];
CREATE OR REPLACE MACRO hush.decimal_variant(v) AS CAST(hush_plain_number(CAST(v AS VARCHAR)) AS JSON);
CREATE OR REPLACE MACRO hush.float_variant(v) AS hush.tagged('F', hush_float_text(CAST(v AS DOUBLE)));
CREATE OR REPLACE MACRO hush.moment_text(t) AS
    CASE WHEN contains(t, '.') THEN left(rpad(t, 26, '0'), CASE WHEN rpad(t, 26, '0') LIKE '%000' THEN 23 ELSE 26 END)
         ELSE t || '.000' END;
CREATE OR REPLACE MACRO hush.to_variant(v) AS list_transform([v], lambda x:
    CASE WHEN typeof(x) = 'VARCHAR' THEN hush.text_variant(CAST(x AS VARCHAR))
         WHEN starts_with(typeof(x), 'DECIMAL') THEN hush.decimal_variant(x)
         WHEN typeof(x) IN ('DOUBLE', 'FLOAT') THEN hush.float_variant(TRY_CAST(CAST(x AS VARCHAR) AS DOUBLE))
         WHEN typeof(x) = 'DATE' THEN hush.tagged('D', CAST(x AS VARCHAR))
         WHEN typeof(x) = 'TIME' THEN hush.tagged('T', left(CAST(x AS VARCHAR), 8))
         WHEN typeof(x) = 'TIMESTAMP' THEN hush.tagged('N', hush.moment_text(CAST(x AS VARCHAR)))
         WHEN typeof(x) IN ('TIMESTAMP WITH TIME ZONE', 'INTERVAL')
         THEN hush.tagged(CASE WHEN typeof(x) = 'INTERVAL' THEN 'Z' ELSE 'L' END, hush_zoned_text(hush.moment(x)))
         WHEN typeof(x) = 'BLOB' THEN hush.tagged('B', hex(TRY_CAST(CAST(x AS VARCHAR) AS BLOB)))
         ELSE to_json(x) END)[1];
CREATE OR REPLACE MACRO hush.present(v) AS coalesce(v, CAST('"\u0001U"' AS JSON));
CREATE OR REPLACE MACRO hush.element(v) AS coalesce(hush.to_variant(v), CAST('"\u0001U"' AS JSON));
CREATE OR REPLACE MACRO hush.defined(v) AS CASE WHEN CAST(v AS VARCHAR) = '"\u0001U"' THEN NULL ELSE v END;
CREATE OR REPLACE MACRO hush.parse_json(t) AS CAST(hush_parse_json(CAST(t AS VARCHAR), false) AS JSON);
CREATE OR REPLACE MACRO hush.try_parse_json(t) AS CAST(hush_try_parse_json(CAST(t AS VARCHAR), false) AS JSON);
CREATE OR REPLACE MACRO hush.variant_text(v) AS list_transform([v], lambda x:
    CASE WHEN json_type(x) IN ('OBJECT', 'ARRAY') THEN hush_document(CAST(x AS VARCHAR))
         ELSE hush.scalar_text(x ->> '$') END)[1];
CREATE OR REPLACE MACRO hush.scalar_text(t) AS
    CASE WHEN starts_with(t, chr(1)) THEN nullif(t, chr(1) || 'U')[3:] ELSE t END;
CREATE OR REPLACE MACRO hush.number_key(n, t) AS
    {'rank': 1, 'number': n, 'text': CASE WHEN abs(n) < 9007199254740992 THEN '' ELSE t END};
CREATE OR REPLACE MACRO hush.scalar_key(kind, t, j) AS
    CASE WHEN kind IN ('UBIGINT', 'BIGINT', 'HUGEINT', 'UHUGEINT', 'DOUBLE')
              THEN hush.number_key(CAST(t AS DOUBLE), t)
         WHEN kind = 'VARCHAR' AND starts_with(t, chr(1)) AND t[2] IN ('F', 'M')
              THEN hush.number_key(TRY_CAST(t[3:] AS DOUBLE), t[3:])
         ELSE {'rank': CASE kind WHEN 'VARCHAR' THEN CASE WHEN starts_with(t, chr(1)) THEN 4 ELSE 2 END
                                 WHEN 'BOOLEAN' THEN 3 WHEN 'ARRAY' THEN 5 WHEN 'OBJECT' THEN 6 ELSE 9 END,
               'number': CAST(0 AS DOUBLE), 'text': CASE WHEN kind = 'VARCHAR' THEN t ELSE j END} END;
CREATE OR REPLACE MACRO hush.variant_key(v) AS list_transform([v], lambda x:
    CASE WHEN x IS NULL THEN NULL ELSE hush.scalar_key(json_type(x), x ->> '$', CAST(x AS VARCHAR)) END)[1];
CREATE OR REPLACE MACRO hush.array_at(v, k) AS
    CASE WHEN json_type(v) = 'ARRAY' AND k >= 0
         THEN hush.defined(json_extract(v, '$[' || CAST(k AS VARCHAR) || ']')) END;
CREATE OR REPLACE MACRO hush.field(v, k) AS
    CASE WHEN json_type(v) = 'OBJECT' THEN json_extract(v, '$."' || replace(CAST(k AS VARCHAR), '"', '\"') || '"') END;
CREATE OR REPLACE MACRO hush.lookup(v, k) AS
    CASE WHEN json_type(v) = 'ARRAY' THEN hush.array_at(v, TRY_CAST(k AS BIGINT)) ELSE hush.field(v, k) END;
CREATE OR REPLACE MACRO hush.array_members(v) AS list_filter(
    list_zip(CAST([] AS VARCHAR[]), range(CAST(json_array_length(v) AS BIGINT)), json_extract(v, '$[*]')),
    lambda m: CAST(m[3] AS VARCHAR) <> '"\u0001U"');
CREATE OR REPLACE MACRO hush.inner_members(v) AS
    CASE json_type(v) WHEN 'ARRAY' THEN hush.array_members(v)
         WHEN 'OBJECT' THEN list_zip(json_keys(v), CAST([] AS BIGINT[]), json_extract(v, '$.*')) END;
CREATE OR REPLACE MACRO hush.members(v, in_arrays, in_objects, outside) AS
    CASE WHEN in_arrays AND json_type(v) = 'ARRAY' AND (NOT outside OR len(hush.array_members(v)) > 0)
         THEN hush.array_members(v)
         WHEN in_objects AND json_type(v) = 'OBJECT' AND (NOT outside OR len(json_keys(v)) > 0)
         THEN list_zip(json_keys(v), CAST([] AS BIGINT[]), json_extract(v, '$.*'))
         WHEN outside THEN list_zip([CAST(NULL AS VARCHAR)], [CAST(NULL AS BIGINT)], [CAST(NULL AS JSON)]) END;
CREATE OR REPLACE MACRO hush.step(k) AS
    CASE WHEN regexp_full_match(k, '[A-Za-z_][A-Za-z0-9_]*') THEN k ELSE hush_step(k) END;
CREATE OR REPLACE MACRO hush.to_array(v) AS CAST(hush_to_array(CAST(v AS VARCHAR)) AS JSON);
CREATE OR REPLACE MACRO hush.to_object(v) AS CAST(hush_to_object(CAST(v AS VARCHAR)) AS JSON);
CREATE OR REPLACE MACRO hush.array_agg(x) AS
    coalesce(to_json(list(hush.to_variant(x)) FILTER (WHERE x IS NOT NULL)), CAST('[]' AS JSON));
CREATE OR REPLACE MACRO hush.array_unique_agg(x) AS
    coalesce(to_json(list(DISTINCT hush.to_variant(x)) FILTER (WHERE x IS NOT NULL)), CAST('[]' AS JSON));
CREATE OR REPLACE MACRO hush.items(a) AS from_json(to_json(a), '["JSON"]');
CREATE OR REPLACE MACRO hush.split(t, s) AS to_json(CASE WHEN s = '' THEN [t] ELSE string_split(t, s) END);
CREATE OR REPLACE MACRO hush.strtok_to_array(t, s) AS
    to_json(list_filter(string_split_regex(t, '[' || regexp_escape(s) || ']'), lambda i: i <> ''));
CREATE OR REPLACE MACRO hush.is_null_value(v) AS CASE WHEN v IS NULL THEN NULL ELSE json_type(v) = 'NULL' END;
CREATE OR REPLACE MACRO hush.strip_null_value(v) AS CASE WHEN json_type(v) = 'NULL' THEN NULL ELSE v END;
"""
