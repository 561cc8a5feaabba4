-- One row per web property, grain (day, week, month) and period. Users can be added neither over periods nor over properties.
-- Source: stg_ga4__users. The running period goes as far as period_end; weeks begin on Monday.
with users as (
    select
        property_id,
        grain,
        period_start,
        period_end,
        active_users,
        total_users,
        new_users
    from staging.stg_ga4__users
),

final as (
    select
        staging.key_of('ga4', property_id) as property_key,
        grain,
        period_start,
        period_end,
        active_users,
        total_users,
        new_users
    from users
)

select * from final
