-- One row per day and mailing list whose subscribers were counted.
-- Source: raw_files.newsletter_subscribers. A day without a number is left out: nothing was observed.
with subscribers as (
    select
        date,
        list,
        subscribers
    from raw_files.newsletter_subscribers
),

final as (
    select
        date as observed_date,
        trim(list) as list_name,
        cast(subscribers as bigint) as subscribers
    from subscribers
    where subscribers is not null
)

select * from final
