-- One row per account that exists in Salesforce: not deleted and not merged away into another account.
-- Source: raw_salesforce.accounts. The segment is the org's own field, where a setting names it; 'Mid-Market' becomes mid_market.
with accounts as (
    select
        id,
        name,
        segment,
        hubspot_id,
        masterrecordid,
        isdeleted
    from raw_salesforce.accounts
),

final as (
    select
        id as account_id,
        nullif(trim(name), '') as account_name,
        nullif(trim(hubspot_id), '') as hubspot_id,
        nullif(replace(replace(lower(trim(segment)), '-', '_'), ' ', '_'), '') as segment
    from accounts
    where not coalesce(isdeleted, false) and masterrecordid is null
)

select * from final
