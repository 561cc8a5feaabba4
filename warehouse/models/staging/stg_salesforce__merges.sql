-- One row per lead, contact or account that was merged away in Salesforce, and the record it was merged into.
-- Source: raw_salesforce.leads, contacts and accounts. The record merged into may itself have been merged away later.
with final as (
    select
        'salesforce lead' as object_type,
        id as merged_id,
        masterrecordid as merged_into_id
    from raw_salesforce.leads
    where masterrecordid is not null and masterrecordid <> id
    union all
    select
        'salesforce contact' as object_type,
        id as merged_id,
        masterrecordid as merged_into_id
    from raw_salesforce.contacts
    where masterrecordid is not null and masterrecordid <> id
    union all
    select
        'salesforce account' as object_type,
        id as merged_id,
        masterrecordid as merged_into_id
    from raw_salesforce.accounts
    where masterrecordid is not null and masterrecordid <> id
)

select * from final
