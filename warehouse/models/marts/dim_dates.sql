-- One row per calendar day from 2015 to 2040, so that days without facts can be shown too.
-- Source: the calendar. Weeks are ISO weeks (Monday first). No nulls.
with days as (
    select cast(unnest(generate_series(date '2015-01-01', date '2040-12-31', interval 1 day)) as date) as date_day
),

final as (
    select
        date_day,
        cast(extract(isoyear from date_day) as integer) as iso_year,
        cast(extract(week from date_day) as integer) as iso_week,
        cast(extract(isodow from date_day) as integer) as iso_weekday,
        cast(date_trunc('week', date_day) as date) as week_start,
        cast(date_trunc('month', date_day) as date) as month_start,
        cast(date_trunc('quarter', date_day) as date) as quarter_start,
        extract(isodow from date_day) >= 6 as is_weekend
    from days
)

select * from final
