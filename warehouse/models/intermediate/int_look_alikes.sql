-- One row per pair of records, one in each CRM, that look like the same thing, whether or not one names the other.
-- Source: int_hubspot_looks, int_salesforce_looks. Nothing is joined because of it.
with final as (
    select
        ours.record_type,
        ours.record_key as hubspot_key,
        theirs.record_key as salesforce_key,
        ours.looks,
        ours.record_url as hubspot_url,
        theirs.record_url as salesforce_url
    from intermediate.int_hubspot_looks as ours
    inner join intermediate.int_salesforce_looks as theirs on ours.record_type = theirs.record_type and ours.looks = theirs.looks
)

select * from final
