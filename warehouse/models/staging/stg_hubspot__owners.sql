-- One row per HubSpot user who owns or owned records. Deactivated ones stay: their old deals are still theirs.
-- Source: raw_hubspot.owners. Null means that HubSpot holds no value.
with owners as (
    select
        id,
        email,
        first_name,
        last_name,
        archived
    from raw_hubspot.owners
),

final as (
    select
        id as owner_id,
        nullif(trim(email), '') as email,
        nullif(trim(first_name), '') as first_name,
        nullif(trim(last_name), '') as last_name,
        not coalesce(archived, false) as is_active
    from owners
)

select * from final
