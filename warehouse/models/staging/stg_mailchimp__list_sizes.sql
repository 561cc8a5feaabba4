-- One row per day and list whose size was read: the last reading of the day.
-- Source: raw_mailchimp.list_sizes. No nulls. Two lists of one name get their id behind it.
with readings as (
    select
        list_id,
        list,
        observed_at,
        member_count,
        staging.company_date(observed_at) as observed_date
    from raw_mailchimp.list_sizes
    where member_count is not null
),

latest as (
    select
        list_id,
        trim(list) as list,
        observed_date,
        member_count,
        row_number() over (partition by list_id, observed_date order by observed_at desc) as recency
    from readings
),

namesakes as (
    select
        list,
        count(distinct list_id) as lists
    from latest
    group by list
),

final as (
    select
        latest.list_id,
        latest.observed_date,
        latest.member_count as subscribers,
        case
            when namesakes.lists > 1 then latest.list || ' (' || latest.list_id || ')'
            else latest.list
        end as list_name
    from latest
    inner join namesakes on latest.list = namesakes.list
    where latest.recency = 1
)

select * from final
