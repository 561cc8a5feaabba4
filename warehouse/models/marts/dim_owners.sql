-- One row per person who owns or owned records in the CRM.
-- Source: stg_hubspot__owners. full_name falls back to the e-mail address.
with owners as (
    select
        owner_id,
        email,
        first_name,
        last_name,
        is_active
    from staging.stg_hubspot__owners
),

final as (
    select
        staging.key_of('hubspot', owner_id) as owner_key,
        coalesce(nullif(trim(concat_ws(' ', first_name, last_name)), ''), email) as full_name,
        email,
        is_active
    from owners
)

select * from final
