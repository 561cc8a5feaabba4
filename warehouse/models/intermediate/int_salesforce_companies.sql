-- One row per account that exists or existed in Salesforce, with the company that it is today.
-- Source: stg_salesforce__accounts, int_survivors, int_record_references, stg_hubspot__companies. An account that is a company in
-- HubSpot too is that company, so that a customer in both CRMs is one.
with accounts as (
    select
        account_id as own_id,
        account_id
    from staging.stg_salesforce__accounts
    union all
    select
        merged_id as own_id,
        survivor_id as account_id
    from intermediate.int_survivors
    where object_type = 'salesforce account'
),

final as (
    select
        accounts.own_id as account_id,
        coalesce(pairs.hubspot_key, staging.key_of('salesforce', accounts.account_id)) as company_key,
        coalesce(in_hubspot.company_name, named.account_name) as company_name,
        coalesce(in_hubspot.segment, named.segment) as segment
    from accounts
    left join staging.stg_salesforce__accounts as named on accounts.account_id = named.account_id
    left join intermediate.int_record_references as pairs
        on
            pairs.object_type = 'company'
            and pairs.is_match
            and staging.key_of('salesforce', accounts.account_id) = pairs.salesforce_key
    left join staging.stg_hubspot__companies as in_hubspot
        on pairs.hubspot_key = staging.key_of('hubspot', in_hubspot.company_id)
)

select * from final
