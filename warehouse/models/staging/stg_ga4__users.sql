-- One row per Google Analytics property, grain and period. Users are counted once per period and can be added over nothing.
-- Source: raw_ga4.users, which is there only when asked for. The running period goes as far as period_end.
with users as (
    select
        property_id,
        grain,
        period_start,
        period_end,
        active_users,
        total_users,
        new_users
    from raw_ga4.users
),

final as (
    select
        property_id,
        grain,
        period_start,
        period_end,
        active_users,
        total_users,
        new_users
    from users
)

select * from final
