-- One row per person and CRM: who owns or owned records in it. Somebody who works in both has a row for each.
-- Source: stg_hubspot__owners, stg_salesforce__users. full_name falls back to the e-mail address.
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
    union all
    select
        staging.key_of('salesforce', user_id) as owner_key,
        coalesce(full_name, email) as full_name,
        email,
        is_active
    from staging.stg_salesforce__users
)

select * from final
