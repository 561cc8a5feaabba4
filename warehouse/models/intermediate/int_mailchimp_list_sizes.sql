-- One row per Mailchimp list and day whose size is known: read on that day, or reckoned back from the first reading.
-- Mailchimp has no sizes of the past, but tells for 180 days who came and went: so the size at the end of the day before is that of
-- the day less its net gain. After the first reading nothing is reckoned: a day without a reading stays without a row. No nulls.
with sizes as (
    select
        list_id,
        list_name,
        observed_date,
        subscribers
    from staging.stg_mailchimp__list_sizes
),

first_readings as (
    select
        list_id,
        arg_min(list_name, observed_date) as list_name,
        arg_min(subscribers, observed_date) as subscribers,
        min(observed_date) as observed_date
    from sizes
    group by list_id
),

reckoned as (
    select
        first_readings.list_name,
        activity.activity_date - 1 as observed_date,
        first_readings.subscribers - sum(activity.net_gain) over (
            partition by activity.list_id order by activity.activity_date desc
        ) as subscribers
    from first_readings
    inner join staging.stg_mailchimp__list_activity as activity
        on
            first_readings.list_id = activity.list_id
            and first_readings.observed_date >= activity.activity_date
),

final as (
    select
        observed_date,
        list_name,
        subscribers,
        false as is_reckoned
    from sizes
    union all
    select
        observed_date,
        list_name,
        cast(subscribers as bigint) as subscribers,
        true as is_reckoned
    from reckoned
)

select * from final
