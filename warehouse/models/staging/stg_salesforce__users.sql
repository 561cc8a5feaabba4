-- One row per Salesforce user who owns or owned records. Deactivated ones stay: their old deals are still theirs.
-- Source: raw_salesforce.users.
with users as (
    select
        id,
        firstname,
        lastname,
        name,
        email,
        isactive
    from raw_salesforce.users
),

final as (
    select
        id as user_id,
        nullif(trim(email), '') as email,
        coalesce(nullif(trim(concat_ws(' ', firstname, lastname)), ''), nullif(trim(name), '')) as full_name,
        coalesce(isactive, false) as is_active
    from users
)

select * from final
