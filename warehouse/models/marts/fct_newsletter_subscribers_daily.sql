-- One row per day and mailing list whose subscribers were counted. A day on which nobody counted has no row.
-- Source: stg_files__newsletter_subscribers. No nulls.
with subscribers as (
    select
        observed_date,
        list_name,
        subscribers
    from staging.stg_files__newsletter_subscribers
),

final as (
    select
        observed_date,
        list_name,
        subscribers
    from subscribers
)

select * from final
