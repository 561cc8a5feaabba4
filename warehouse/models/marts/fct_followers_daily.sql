-- One row per day, network and account whose followers were counted. A day on which nobody counted has no row.
-- Source: the networks' APIs, and what was kept by hand. Where both have a day, the API's stands. Only missed_days can be null.
with counted as (
    select
        network,
        observed_date,
        account,
        followers,
        is_rounded,
        'API' as counted_by,
        1 as precedence
    from intermediate.int_followers_counted
    union all
    select
        network,
        observed_date,
        account,
        followers,
        false as is_rounded,
        'File' as counted_by,
        2 as precedence
    from intermediate.int_followers_kept
),

chosen as (
    select
        observed_date,
        network,
        account,
        followers,
        counted_by,
        is_rounded,
        row_number() over (partition by network, account, observed_date order by precedence asc, followers desc) as place
    from counted
),

final as (
    select
        observed_date,
        network,
        account,
        followers,
        counted_by,
        is_rounded,
        row_number() over accounts = 1 as is_first,
        observed_date - lag(observed_date) over accounts - 1 as missed_days
    from chosen
    where place = 1
    window accounts as (partition by network, account order by observed_date)
)

select * from final
