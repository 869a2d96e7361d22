"""DuckDB macros for TIMESTAMP_TZ, and for TIMESTAMP_LTZ in the time zone of the session.

A TIMESTAMP_TZ is an INTERVAL: days and microseconds from `_BASE` to the instant, of which 30 days for
each minute of the offset (1440 for +0000) are spelt as a month. DuckDB compares, hashes and orders
intervals with months of 30 days: two values of one instant are equal whatever their offsets. All
three parts stay positive, so that each value has one spelling for each offset (docs/decisions/0056).

The session's time zone is a variable of the connection; without one it is UTC.
"""

# Microseconds from 1970 back to the day from which instants count: no part is negative then.
BASE = 69_911_596_800_000_000
UTC = 1440
_FIRST = "TIMESTAMP '0001-01-01 00:00:00'"
_LAST = "TIMESTAMP '9999-12-31 23:59:59.999999'"
_RANGE = "hush-failed:100035:22007:A timestamp with its offset is outside of the years 1 to 9999"
_UNKNOWN = (
    "hush-failed:2:0A000:Unsupported feature ''this operation on a TIMESTAMP_TZ or TIMESTAMP_LTZ whose "
    "type is not known here: cast the value to its type''."
)

ZONE_MACROS = rf"""
CREATE OR REPLACE MACRO hush.cut(t, unit) AS make_timestamp((epoch_us(t) // unit) * unit);
CREATE OR REPLACE MACRO hush.is_count(name) AS
    name IN ('BIGINT', 'INTEGER', 'HUGEINT', 'SMALLINT', 'TINYINT', 'DOUBLE') OR starts_with(name, 'DECIMAL');
CREATE OR REPLACE MACRO hush.counted(t) AS make_timestamp(CAST(floor(CAST(t AS DECIMAL(38, 6)) * 1000000) AS BIGINT));
CREATE OR REPLACE MACRO hush.zone() AS coalesce(CAST(getvariable('hush_zone') AS VARCHAR), 'UTC');
CREATE OR REPLACE MACRO hush.tz(t, o) AS list_transform([{{'t': CAST(t AS TIMESTAMP), 'o': CAST(o AS INTEGER)}}], lambda x:
    CASE WHEN x.t IS NULL OR x.o IS NULL THEN NULL
         WHEN x.t BETWEEN {_FIRST} AND {_LAST} AND abs(x.o) < 1440
              AND x.t + to_minutes(x.o) BETWEEN {_FIRST} AND {_LAST}
         THEN (x.t - make_timestamp(-{BASE})) + to_months(x.o + {UTC}) - to_days(30 * (x.o + {UTC}))
         ELSE CAST(hush_fail('{_RANGE}') AS INTERVAL) END)[1];
CREATE OR REPLACE MACRO hush.tz_minutes(i) AS
    datepart('year', i) * 12 + datepart('month', i) - {UTC};
CREATE OR REPLACE MACRO hush.tz_offset(i) AS list_transform([CAST(i AS INTERVAL)], lambda x: hush.tz_minutes(x))[1];
CREATE OR REPLACE MACRO hush.tz_instant(i) AS make_timestamp(epoch_us(CAST(i AS INTERVAL)) - {BASE});
CREATE OR REPLACE MACRO hush.tz_wall(i) AS list_transform([CAST(i AS INTERVAL)], lambda x:
    make_timestamp(epoch_us(x) - {BASE} + hush.tz_minutes(x) * 60000000))[1];
CREATE OR REPLACE MACRO hush.tz_made(w, o) AS list_transform([{{'w': CAST(w AS TIMESTAMP), 'o': CAST(o AS INTEGER)}}], lambda x:
    hush.tz(x.w - to_minutes(x.o), x.o))[1];
CREATE OR REPLACE MACRO hush.tz_like(w, i) AS hush.tz_made(w, hush.tz_offset(i));
CREATE OR REPLACE MACRO hush.zone_offset(t, zone) AS list_transform([CAST(t AS TIMESTAMP)], lambda x:
    CAST((epoch_us(timezone(zone, timezone('UTC', x))) - epoch_us(x)) // 60000000 AS INTEGER))[1];
CREATE OR REPLACE MACRO hush.tz_at(t, zone) AS list_transform([CAST(t AS TIMESTAMP)], lambda x:
    hush.tz(x, hush.zone_offset(x, zone)))[1];
CREATE OR REPLACE MACRO hush.tz_of_instant(t) AS hush.tz_at(timezone('UTC', t), hush.zone());
CREATE OR REPLACE MACRO hush.tz_of_wall(w, zone) AS hush.tz_at(timezone('UTC', timezone(zone, CAST(w AS TIMESTAMP))), zone);
CREATE OR REPLACE MACRO hush.tz_cut(i, unit) AS list_transform([CAST(i AS INTERVAL)], lambda x:
    hush.tz(hush.cut(hush.tz_instant(x), unit), hush.tz_minutes(x)))[1];
CREATE OR REPLACE MACRO hush.tz_beside(i, first, step) AS
    list_transform([{{'i': CAST(i AS INTERVAL), 'o': hush.tz_offset(first)}}], lambda x:
    CASE WHEN x.i IS NULL OR x.o IS NULL OR (hush.tz_minutes(x.i) - x.o) % step = 0
         THEN hush.tz_instant(x.i) + to_minutes(x.o)
         ELSE CAST(hush_fail('hush-failed:2:0A000:Unsupported feature ''the difference of two TIMESTAMP_TZ with different offsets in this part: give both the same offset with CONVERT_TIMEZONE''.') AS TIMESTAMP) END)[1];
CREATE OR REPLACE MACRO hush.offset_hour(o) AS CAST(o // 60 AS BIGINT);
CREATE OR REPLACE MACRO hush.offset_minute(o) AS CAST(o % 60 AS BIGINT);
CREATE OR REPLACE MACRO hush.form(name) AS CAST(getvariable(name) AS VARCHAR);
CREATE OR REPLACE MACRO hush.tz_wall_us(i) AS
    epoch_us(i) - {BASE} + CAST(hush.tz_minutes(i) AS BIGINT) * 60000000;
CREATE OR REPLACE MACRO hush.moment(v) AS
    CASE WHEN typeof(v) = 'INTERVAL'
         THEN hush_zoned_spelt(epoch_us(CAST(v AS INTERVAL)) - {BASE}, hush.tz_wall_us(CAST(v AS INTERVAL)))
         WHEN typeof(v) = 'TIMESTAMP WITH TIME ZONE'
         THEN hush_zoned_spelt(epoch_us(CAST(v AS TIMESTAMP WITH TIME ZONE)),
                               epoch_us(timezone(hush.zone(), CAST(v AS TIMESTAMP WITH TIME ZONE))))
         ELSE CAST(v AS VARCHAR) END;
CREATE OR REPLACE MACRO hush.tz_moment(v) AS list_transform([CAST(v AS INTERVAL)], lambda x:
    hush_zoned_spelt(epoch_us(x) - {BASE}, hush.tz_wall_us(x)))[1];
CREATE OR REPLACE MACRO hush.ltz_moment(v) AS list_transform([CAST(v AS TIMESTAMP WITH TIME ZONE)], lambda x:
    hush_zoned_spelt(epoch_us(x), epoch_us(timezone(hush.zone(), x))))[1];
CREATE OR REPLACE MACRO hush.tz_text(i) AS
    hush_zoned_shown(epoch_us(i) - {BASE}, hush.tz_wall_us(i), hush.form('hush_form_tz'));
CREATE OR REPLACE MACRO hush.ltz_text(t) AS
    hush_zoned_shown(epoch_us(t), epoch_us(timezone(hush.zone(), t)), hush.form('hush_form_ltz'));
CREATE OR REPLACE MACRO hush.ntz_text(t) AS
    CASE WHEN hush.form('hush_form_ntz') IS NULL THEN strftime(CAST(t AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%g')
         ELSE hush_moment_format(CAST(t AS VARCHAR), hush.form('hush_form_ntz')) END;
CREATE OR REPLACE MACRO hush.text_of_tz(v) AS
    list_transform([CAST(v AS INTERVAL)], lambda x: hush.tz_text(x))[1];
CREATE OR REPLACE MACRO hush.text_of_ltz(v) AS
    list_transform([CAST(v AS TIMESTAMP WITH TIME ZONE)], lambda x: hush.ltz_text(x))[1];
CREATE OR REPLACE MACRO hush.text_of_ntz(v) AS
    list_transform([CAST(v AS TIMESTAMP)], lambda x: hush.ntz_text(x))[1];
CREATE OR REPLACE MACRO hush.instant_of(m) AS
    CASE WHEN m[2] IS NULL THEN timezone(hush.zone(), make_timestamp(m[1]))
         ELSE timezone('UTC', make_timestamp(m[1] - m[2] * 60000000)) END;
CREATE OR REPLACE MACRO hush.zoned_of(m) AS
    CASE WHEN m IS NULL THEN NULL
         WHEN m[3] = 1 THEN hush.tz_at(make_timestamp(m[1]), hush.zone())
         WHEN m[2] IS NULL THEN hush.tz_of_wall(make_timestamp(m[1]), hush.zone())
         ELSE hush.tz_made(make_timestamp(m[1]), m[2]) END;
CREATE OR REPLACE MACRO hush.text_instant(t, form, safe) AS
    list_transform([hush_text_moment(t, form, safe)], lambda m: hush.instant_of(m))[1];
CREATE OR REPLACE MACRO hush.text_tz(t, form, safe) AS
    list_transform([hush_text_moment(t, form, safe)], lambda m: hush.zoned_of(m))[1];
CREATE OR REPLACE MACRO hush.wall_of(v) AS
    CASE WHEN typeof(v) = 'INTERVAL' THEN hush.tz_wall(CAST(v AS INTERVAL))
         WHEN typeof(v) = 'TIMESTAMP WITH TIME ZONE' THEN timezone(hush.zone(), CAST(v AS TIMESTAMP WITH TIME ZONE))
         ELSE CAST(v AS TIMESTAMP) END;
CREATE OR REPLACE MACRO hush.fit_date(v) AS
    CASE WHEN typeof(v) IN ('INTERVAL', 'TIMESTAMP WITH TIME ZONE') THEN CAST(hush.wall_of(v) AS DATE) ELSE CAST(v AS DATE) END;
CREATE OR REPLACE MACRO hush.fit_time(v) AS
    CASE WHEN typeof(v) IN ('INTERVAL', 'TIMESTAMP WITH TIME ZONE') THEN CAST(hush.wall_of(v) AS TIME) ELSE CAST(v AS TIME) END;
CREATE OR REPLACE MACRO hush.no_zone(v) AS
    CASE WHEN typeof(v) = 'INTERVAL' OR (typeof(v) = 'TIMESTAMP WITH TIME ZONE' AND hush.zone() <> 'UTC')
         THEN hush_fail('{_UNKNOWN}') ELSE v END;
"""

# After `MACROS`, whose macros these call.
ANY_MACROS = r"""
CREATE OR REPLACE MACRO hush.plain(v) AS
    CASE WHEN typeof(v) = 'JSON' THEN hush.variant_text(CAST(v AS JSON)) ELSE CAST(v AS VARCHAR) END;
CREATE OR REPLACE MACRO hush.any_instant(v, safe) AS
    CASE WHEN typeof(v) = 'INTERVAL' THEN timezone('UTC', hush.tz_instant(v))
         WHEN typeof(v) IN ('TIMESTAMP', 'DATE') THEN timezone(hush.zone(), CAST(v AS TIMESTAMP))
         WHEN typeof(v) IN ('VARCHAR', 'JSON') THEN hush.text_instant(hush.plain(v), '', safe)
         WHEN hush.is_count(typeof(v)) THEN timezone('UTC', hush.counted(CAST(v AS VARCHAR)))
         ELSE CAST(v AS TIMESTAMP WITH TIME ZONE) END;
CREATE OR REPLACE MACRO hush.any_tz(v, safe) AS
    CASE WHEN typeof(v) = 'INTERVAL' THEN CAST(v AS INTERVAL)
         WHEN typeof(v) = 'TIMESTAMP WITH TIME ZONE' THEN hush.tz_of_instant(CAST(v AS TIMESTAMP WITH TIME ZONE))
         WHEN typeof(v) IN ('TIMESTAMP', 'DATE') THEN hush.tz_of_wall(CAST(v AS TIMESTAMP), hush.zone())
         WHEN typeof(v) IN ('VARCHAR', 'JSON') THEN hush.text_tz(hush.plain(v), '', safe)
         WHEN hush.is_count(typeof(v)) THEN hush.tz_of_instant(timezone('UTC', hush.counted(CAST(v AS VARCHAR))))
         WHEN typeof(v) = '"NULL"' THEN CAST(NULL AS INTERVAL)
         ELSE CAST(v AS INTERVAL) END;
"""
